import { toEpochMs, type EpochMs, type Pruned, type PruneRange } from '../../dialect/index.js'
import { isRefusal, SessionStoreError } from '../../errors.js'
import type { Sending } from '../../statement/runner.js'
import { timeIn } from '../rows.js'
import type { TableStatements } from '../statements.js'

/**
 * A row that the database takes for expired. `expired` is `undefined` where the cell says nothing
 * that can be read: `0000-00-00` for example.
 */
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
  /** The most rows of one delete, of the next one. */
  readonly limit: number
}

/** Runs a statement of a prune; `step` gets the time by which that has to end. */
export type RunStep = <Result>(
  work: 'reads' | 'writes',
  step: (deadline: number) => Promise<Result>,
) => Promise<Result>

/** What expired rows of the session table are deleted with, at most `limit()` in one statement. */
export function pruneSteps(
  statements: TableStatements,
  run: RunStep,
  limit: () => number,
): ExpiredRowSteps {
  const { adapter, inTransaction } = statements
  const work = 'pruning sessions'
  return {
    get limit() {
      return Math.min(limit(), adapter.limits.sids)
    },
    async prune(now, range) {
      // It must not change how a transaction commits, or goes on when the server refuses the
      // statement.
      if (inTransaction || !statements.has('prune')) return undefined
      return run('writes', async (deadline) => {
        const none = () => Promise.resolve(undefined)
        try {
          return await statements.ask('prune', [now, range], { work, deadline }, none)
        } catch (error) {
          // Rows that a foreign key holds are known from the others only one by one.
          if (!isRefusal(error)) throw error
          return undefined
        }
      })
    },
    find: (now, range) =>
      run('reads', async (deadline) => {
        const query = statements.queries.expired(now, range)
        const rows = await statements.rows(query, {
          work: 'looking for expired sessions',
          deadline,
        })
        return Array.from(rows, (row) => ({
          sid: String(row['sid']),
          expired: timeIn(row['until'], adapter, statements.table.column.expired),
        }))
      }),
    remove: (sids, now) =>
      run('writes', (deadline) => {
        const sending: Sending = { work, deadline }
        return statements.ask('destroyExpired', [sids, now], sending, () =>
          statements.changed(statements.queries.destroyExpired(sids, now), sending),
        )
      }),
  }
}

/** How many deletes a search for expired rows is for. */
const deletesOfSearch = 20

/**
 * Where the next search begins, in ms before the last row found. It need not walk over what was
 * deleted before, index entries that databases clear away later; columns of older tables may hold
 * an expiry to the second only.
 */
const coarsest = 1_000

/**
 * Deletes the rows that are expired at `now`, each chunk in a short transaction of its own; yields
 * how many rows went with each. Rows that cannot go, because a foreign key or a trigger holds them,
 * are left; when all others are gone it fails with the error of the first.
 */
export async function* deleteExpired(
  steps: ExpiredRowSteps,
  now: EpochMs,
): AsyncGenerator<number, void, void> {
  let from: Pick<PruneRange, 'from'> = {}
  for (;;) {
    const pruned = await steps.prune(now, { limit: steps.limit, ...from })
    if (!pruned) break
    // Fewer than asked for need not be the last: a row may have been renewed in the same moment.
    if (pruned.removed === 0) return
    yield pruned.removed
    if (pruned.until !== undefined) from = { from: earlier(pruned.until) }
  }
  yield* deleteFound(steps, now)
}

async function* deleteFound(
  steps: ExpiredRowSteps,
  now: EpochMs,
): AsyncGenerator<number, void, void> {
  const held = new Map<string, SessionStoreError>()
  let range: PruneRange = { limit: deletesOfSearch * steps.limit }
  for (;;) {
    const rows = await steps.find(now, range)
    const before = held.size
    // Not those that are live by what the cell says: written in another form, they only compare as
    // expired.
    const over = rows.filter(({ expired = now, sid }) => expired <= now && !held.has(sid))
    const sids = over.map(({ sid }) => sid)
    let gone = 0
    for await (const removed of deleteChunks(steps, sids.sort(), now, held)) {
      yield removed
      gone += removed
    }
    // None of many deleted means that all were renewed meanwhile: the next prune finds what is
    // left.
    if (rows.length < range.limit || (gone === 0 && held.size === before)) break
    const last = rows.at(-1)?.expired
    // Rows that are left come again, and must not crowd out the others.
    range = {
      limit: deletesOfSearch * steps.limit + held.size,
      ...(last === undefined ? {} : { from: earlier(last) }),
    }
  }
  const [error] = held.values()
  if (error) throw rowsLeft(error, held.size)
}

/**
 * Deletes rows chunk by chunk; where one of a chunk cannot go, one by one. Those that are left are
 * noted in `held`.
 */
async function* deleteChunks(
  steps: ExpiredRowSteps,
  sids: readonly string[],
  now: EpochMs,
  held: Map<string, SessionStoreError>,
): AsyncGenerator<number, void, void> {
  for (let start = 0, end: number; start < sids.length; start = end) {
    end = start + steps.limit
    const chunk = sids.slice(start, end)
    try {
      yield await steps.remove(chunk, now)
      continue
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
    // One that meets no row shows whether the rows are the reason.
    await steps.remove(chunk.slice(0, 1), beforeAll)
    for (const sid of chunk) {
      try {
        yield await steps.remove([sid], now)
      } catch (error) {
        if (!isRefusal(error)) throw error
        held.set(sid, error)
        yield 0
      }
    }
  }
}

/** Long before any session. */
const beforeAll = toEpochMs(Date.UTC(1900, 0, 1))

function rowsLeft(error: SessionStoreError, count: number): SessionStoreError {
  const { code, kind, dialect, databaseCode } = error
  const rows = count === 1 ? '1 expired row' : `${String(count)} expired rows`
  return new SessionStoreError({
    code,
    message:
      `${rows} could not be deleted${databaseCode === undefined ? '' : ` (${String(databaseCode)})`}: a foreign key or trigger holds a row. ` +
      'Make the key `on delete cascade`, or delete what refers to it; all others are gone',
    cause: error,
    ...(kind === undefined ? {} : { kind }),
    ...(dialect === undefined ? {} : { dialect }),
    ...(databaseCode === undefined ? {} : { databaseCode }),
  })
}

function earlier(at: EpochMs): EpochMs {
  return toEpochMs(at - coarsest)
}
