import { sidOf, type SessionWrite } from '../session/writes.js'
import type { PartLimits } from './batch.js'

/** Sends writes, and gives what each resolves to. */
export type Run = (
  writes: readonly SessionWrite[],
  limits: PartLimits,
) => Promise<readonly number[]>

/**
 * Has `run` get the writes ordered by sid, so that concurrent batches of all processes lock rows in
 * one order.
 */
export function orderedBySid(run: Run): Run {
  return async (writes, limits) => {
    if (writes.length === 1) return run(writes, limits)
    const sids = writes.map(sidOf)
    const order = [...writes.keys()].sort((one, other) =>
      (sids[one] ?? '') < (sids[other] ?? '') ? -1 : 1,
    )
    const ordered = await run(
      order.map((place) => writes[place] as SessionWrite),
      limits,
    )
    const results = new Array<number>(writes.length)
    order.forEach((place, index) => (results[place] = ordered[index] as number))
    return results
  }
}
