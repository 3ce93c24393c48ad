import { toEpochMs, type EpochMs, type Pruned, type PruneRange } from './dialect/adapter.js'

/** A row that the database takes for expired. `expired` is `undefined` where the cell says nothing that can be read: `0000-00-00` for example. */
export interface ExpiredRow {
  readonly sid: string
  readonly expired: EpochMs | undefined
}

/** What expired rows are deleted with. */
export interface ExpiredRowSteps {
  /** Finds and deletes in one statement; `undefined` where the database has none for it. */
  prune(now: EpochMs, range: PruneRange): Promise<Pruned | undefined>
  /** Up to `limit` expired rows, those that expired first, but none that expired before `from`. */
  find(now: EpochMs, range: PruneRange): Promise<readonly ExpiredRow[]>
  /** Deletes those of the sids that are still expired; resolves to how many. */
  remove(sids: readonly string[], now: EpochMs): Promise<number>
  /** The most rows of one delete. */
  readonly limit: number
}

/** How many deletes a search for expired rows is for. */
const deletesOfSearch = 20

/**
 * Where the next search begins, in ms before the last row found. It need not walk over what was deleted before, index entries that databases
 * clear away later; columns of older tables may hold an expiry to the second only.
 */
const coarsest = 1_000

/** Deletes the rows that are expired at `now`, each chunk in a short transaction of its own; yields how many rows went with each. */
export async function* deleteExpired(steps: ExpiredRowSteps, now: EpochMs): AsyncGenerator<number, void, void> {
  const { limit } = steps
  let range: PruneRange = { limit }
  for (;;) {
    const pruned = await steps.prune(now, range)
    if (!pruned) break
    // Fewer than asked for need not be the last: a row may have been renewed in the same moment.
    if (pruned.removed === 0) return
    yield pruned.removed
    if (pruned.until !== undefined) range = { limit, from: before(pruned.until) }
  }
  yield* deleteFound(steps, now)
}

async function* deleteFound(steps: ExpiredRowSteps, now: EpochMs): AsyncGenerator<number, void, void> {
  let range: PruneRange = { limit: deletesOfSearch * steps.limit }
  for (;;) {
    const rows = await steps.find(now, range)
    const sids = rows.map(({ sid }) => sid).sort()
    let gone = 0
    for (let start = 0; start < sids.length; start += steps.limit) {
      const removed = await steps.remove(sids.slice(start, start + steps.limit), now)
      yield removed
      gone += removed
    }
    // None of many deleted means that all were renewed meanwhile: the next prune finds what is left.
    if (rows.length < range.limit || gone === 0) return
    const last = rows.at(-1)?.expired
    range = { limit: range.limit, ...(last === undefined ? {} : { from: before(last) }) }
  }
}

function before(at: EpochMs): EpochMs {
  return toEpochMs(at - coarsest)
}
