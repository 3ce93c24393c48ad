import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { settled } from './outcomes.js'
import { canary } from './rows.js'
import type { Scene } from './scene.js'

/**
 * Everything of an error that a log could show: hidden and inherited properties, causes, stacks.
 */
export function everythingOf(error: unknown): string {
  const texts = [
    inspect(error, { depth: 10, showHidden: true, maxStringLength: null }),
    String(error),
  ]
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    texts.push(cause.message, cause.stack ?? '', JSON.stringify(cause))
  return texts.join('\n')
}

/** Every call of a store, with values that must not show in an error. */
export async function errorsOfEveryCall(
  scene: Scene,
  options: Parameters<Scene['store']>[0],
): Promise<readonly unknown[]> {
  const store = scene.store(options)
  const session = scene.session({
    secret: canary,
    text: `'${canary}' - "${canary}" (${canary}) at ${canary}`,
  })
  const calls = (sid: string) => [
    store.set(sid, session),
    store.get(sid),
    store.touch(sid, session),
    store.destroy(sid),
  ]
  const sids = [canary, `it's "${canary}" - (${canary})`, `${canary}\nat ${canary}`]
  const outcomes = [
    ...(await settled<unknown>(sids.flatMap(calls))),
    ...(await settled<unknown>([store.set(canary, session)])),
    ...(await settled<unknown>([
      store.all(),
      store.ids(),
      store.entries().next(),
      store.length(),
      store.prune(),
      store.clear(),
    ])),
  ]
  return outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]))
}

/** No error gives away a session or its id. */
export function assertSilent(errors: readonly unknown[]): void {
  assert.ok(errors.length > 0)
  for (const error of errors) {
    assert.equal((error as { name?: unknown }).name, 'SessionStoreError')
    assert.ok(!everythingOf(error).includes(canary), 'an error gives away a session or its id')
  }
}
