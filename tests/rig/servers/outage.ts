import { setTimeout as delay } from 'node:timers/promises'
import type { Server } from '../../../scripts/servers/process.mjs'

/**
 * Kills a server and starts it again after `ms`; resolves, when it takes connections, to how long
 * it was away, in s.
 */
export async function outage(server: Server, ms: number): Promise<string> {
  const killed = performance.now()
  await server.kill9()
  await delay(ms)
  await server.restart()
  return ((performance.now() - killed) / 1_000).toFixed(1)
}
