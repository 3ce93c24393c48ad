import { sessionTable } from '../src/dialect/table.js'
import type { EpochMs, LockPurpose, SessionExpiry, SessionRow } from '../src/dialect/index.js'
import { SessionStoreError } from '../src/errors.js'
import type { StoredSession } from '../src/session/payload.js'
import type { SessionTableGateway } from '../src/table/gateway.js'

/** What becomes of one statement. */
export interface Fate {
  /** How long it takes, in ms. */
  readonly ms: number
  /** Which of its rows it changes before it fails. It reads none then. Default: none. */
  readonly changes?: 'none' | 'half' | 'all'
  /**
   * Why it fails, if it does. `silent`: the deadline comes first, and the statement takes `ms` to
   * end then.
   */
  readonly fails?: 'refused' | 'deadlock' | 'unreachable' | 'silent' | 'locked'
}

/** A lock that another client holds. */
interface Lock {
  /** Until when (`performance.now()`). */
  readonly until: number
  /** Whether it is seen by those who look for locks. */
  readonly seen: boolean
  /** What it stands in the way of. Default: all writes. */
  readonly against?: LockPurpose
}

/** The rows of a write whose `sess` begins so are refused. */
export const poison = 'poison'

const failures = {
  refused: { code: 'ERR_DATABASE', kind: 'other' },
  deadlock: { code: 'ERR_DATABASE', kind: 'retryable' },
  unreachable: { code: 'ERR_CONNECTION', kind: 'connection' },
  silent: { code: 'ERR_TIMEOUT', kind: 'connection' },
  locked: { code: 'ERR_TIMEOUT', kind: 'locked' },
  poisoned: { code: 'ERR_DATABASE', kind: 'other' },
  'no table': { code: 'ERR_DATABASE', kind: 'missing-table' },
} as const

function failure(reason: keyof typeof failures): SessionStoreError {
  return new SessionStoreError({
    ...failures[reason],
    dialect: 'fake',
    message: reason,
    cause: new Error(reason),
  })
}

/** A statement as it was sent. */
export type Sent =
  | { readonly kind: 'read' | 'destroy'; readonly sids: readonly string[] }
  | { readonly kind: 'upsert'; readonly rows: readonly SessionRow[] }
  | { readonly kind: 'touch'; readonly rows: readonly SessionExpiry[] }
  | { readonly kind: 'look'; readonly sids: readonly string[]; readonly purpose: LockPurpose }
  | { readonly kind: 'clear' | 'create' }

/**
 * The session table of a store as its gateway promises it, without a database: statements take
 * time, fail in all ways, before and after they took effect, and wait for locks. What is sent is
 * told before it takes effect.
 */
export class FakeTable {
  readonly rows = new Map<string, SessionRow>()
  readonly locks = new Map<string, Lock>()
  /** What becomes of the next statements; those after them do at once what they are to do. */
  fates: Fate[] = []
  exists = true
  readonly #reported: (sent: Sent, end: Promise<unknown>) => void
  readonly #seesLocks: boolean
  readonly #limits: { readonly rows: number; readonly sids: number }

  constructor(
    reported: (sent: Sent, end: Promise<unknown>) => void,
    { seesLocks = false, limits = { rows: 100, sids: 100 } } = {},
  ) {
    this.#reported = reported
    this.#seesLocks = seesLocks
    this.#limits = limits
  }

  /** The table for those who use a gateway. */
  get gateway(): SessionTableGateway {
    const gateway: Omit<SessionTableGateway, 'queriesOn' | 'changed' | 'existing' | 'has' | 'ask'> =
      {
        adapter: {
          name: 'fake',
          limits: this.#limits,
          createTable: () => [{ sql: 'create', bindings: [] }],
        } as never,
        updatesOneByOne: false,
        canSkipLocked: this.#seesLocks,
        poolSize: 10,
        inTransaction: false,
        table: sessionTable(),
        queries: { check: () => undefined } as never,
        // Only looks for the table come by these two.
        rows: () => (this.exists ? Promise.resolve([]) : Promise.reject(failure('no table'))),
        execute: (_, { deadline }) =>
          this.#run({ kind: 'create' }, { deadline }, () => (this.exists = true)),
        rest: () => undefined,
        read: (sids, now, deadline) =>
          this.#run({ kind: 'read', sids }, { deadline }, () =>
            sids.map((sid) => this.#live(sid, now)),
          ),
        upsert: async (rows, deadline, lockTimeout) => {
          if (rows.some(({ sess }) => sess.startsWith(poison))) throw failure('poisoned')
          const sids = rows.map(({ sid }) => sid)
          await this.#run({ kind: 'upsert', rows }, { deadline, lockTimeout, sids }, (some) => {
            for (const row of some(rows)) this.rows.set(row.sid, row)
          })
        },
        insert: (rows, _now, deadline, lockTimeout) => gateway.upsert(rows, deadline, lockTimeout),
        update: async (rows, deadline, lockTimeout) => {
          const there = rows.map(({ sid }) => (this.rows.has(sid) ? 1 : 0))
          await gateway.upsert(
            rows.filter((_, place) => there[place] === 1),
            deadline,
            lockTimeout,
          )
          return there
        },
        touch: (rows, now, deadline, lockTimeout) => {
          const sids = rows.map(({ sid }) => sid)
          return this.#run({ kind: 'touch', rows }, { deadline, lockTimeout, sids }, (some) => {
            for (const { sid, expired } of some(rows)) {
              const row = this.rows.get(sid)
              if (row && row.expired > now) this.rows.set(sid, { ...row, expired })
            }
          })
        },
        destroy: (sids, deadline, lockTimeout) =>
          this.#run(
            { kind: 'destroy', sids },
            { deadline, lockTimeout, sids, purpose: 'delete' },
            (some) => {
              const gone = new Set(some(sids).filter((sid) => this.rows.delete(sid)))
              return sids.map((sid) => (gone.has(sid) ? 1 : 0))
            },
          ),
        clear: (deadline) =>
          this.#run(
            { kind: 'clear' },
            { deadline },
            (some) => some([...this.rows.keys()]).filter((sid) => this.rows.delete(sid)).length,
          ),
        locked: (sids, purpose) => {
          this.#reported({ kind: 'look', sids, purpose }, Promise.resolve())
          return Promise.resolve(
            sids.filter(
              (sid) => this.#freeAt(sid, purpose) > performance.now() && this.locks.get(sid)?.seen,
            ),
          )
        },
        end: () => undefined,
      }
    return gateway as SessionTableGateway
  }

  #live(sid: string, now: EpochMs): StoredSession | undefined {
    const row = this.rows.get(sid)
    return row && row.expired > now ? { sess: row.sess, expired: row.expired } : undefined
  }

  /** When a row is free of locks, by `performance.now()`. */
  #freeAt(sid: string, purpose: LockPurpose): number {
    const { until = 0, against = purpose } = this.locks.get(sid) ?? {}
    return against === purpose ? until : 0
  }

  /** `effect` does what the statement does, to some of what it is given. */
  #run<Result>(sent: Sent, time: Time, effect: (some: Some) => Result): Promise<Result> {
    if (performance.now() >= time.deadline) return Promise.reject(failure('silent'))
    if (!this.exists && sent.kind !== 'create') return Promise.reject(failure('no table'))
    const end = this.#end(time, this.fates.shift() ?? { ms: 0 }, effect)
    this.#reported(sent, end)
    return end
  }

  async #end<Result>(
    { deadline, lockTimeout = Infinity, sids = [], purpose = 'update' }: Time,
    fate: Fate,
    effect: (some: Some) => Result,
  ): Promise<Result> {
    const started = performance.now()
    const free = Math.max(started, ...sids.map((sid) => this.#freeAt(sid, purpose)))
    const stop = Math.min(started + lockTimeout, (started + deadline) / 2)
    if (lockTimeout < Infinity && free > stop) {
      await passed(stop - started)
      throw failure('locked')
    }
    const hangs = fate.fails === 'silent' && deadline < Infinity
    const end = hangs ? deadline + fate.ms : Math.min(free + fate.ms, deadline)
    await passed(end - started)
    const fails = end >= deadline ? 'silent' : fate.fails
    if (fails === undefined) return effect((all) => all)
    // Nothing happens in a statement that waits for a lock.
    if (free <= end && fate.changes === 'all') effect((all) => all)
    if (free <= end && fate.changes === 'half')
      effect((all) => all.slice(0, Math.ceil(all.length / 2)))
    throw failure(fails)
  }
}

interface Time {
  readonly deadline: number
  readonly lockTimeout?: number | undefined
  /** The rows that have to be free of locks. */
  readonly sids?: readonly string[]
  /** What the rows are to be locked for. */
  readonly purpose?: LockPurpose
}

type Some = <Item>(all: readonly Item[]) => readonly Item[]

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms > 0) setTimeout(resolve, ms)
    else setImmediate(resolve)
  })
}
