import assert from 'node:assert/strict'
import type { SessionData } from 'express-session'
import type { Scene } from './scene.js'
import { expiryIn, sessionUntil } from './sessions.js'

/** Stores each point in time as an expiry and asserts that it comes back. */
export async function keepsExpiries(
  scene: Scene,
  store: ReturnType<Scene['store']>,
  times: readonly number[],
): Promise<void> {
  const sids = times.map((_, index) => `at-${String(index)}`)
  await Promise.all(times.map((time, index) => store.set(sids[index] ?? '', sessionUntil(time))))
  const sessions = await Promise.all(sids.map((sid) => store.get(sid)))
  const { timestampGranularityMs: step } = scene.capabilities
  const expected = times.map((time) => new Date(Math.floor(time / step) * step).toISOString())
  assert.deepEqual(sessions.map(asText), expected)
}

function asText(session: SessionData | null): string {
  return session === null ? 'no session' : new Date(expiryIn(session)).toISOString()
}
