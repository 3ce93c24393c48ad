import type { Knex } from 'knex'
import {
  type DialectAdapter,
  type EpochMs,
  type LockPurpose,
  type Pruned,
  type PruneRange,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '../dialect/index.js'
import { isRefusal, type SessionStoreError } from '../errors.js'
import type { ExpiredRow } from './expired-rows.js'
import { Inspection } from './inspection.js'
import { lockedAmong, type LockLooks } from './locks.js'
import { OwnQueries, type Asking } from './own-queries.js'
import type { PageRange } from './pages.js'
import { SessionQueries } from './queries.js'
import { holds, nobodyHas, sessionIn, sidTaken, timeIn, type Cells } from './rows.js'
import type { StoredSession } from '../session/payload.js'
import type { Ticker } from '../time.js'
import {
  StatementRunner,
  type Sending,
  type StatementOptions,
  type TableWork,
} from '../statement/runner.js'

/**
 * How sessions are sent. `durableTouch`: whether a touch waits until the database has it on disk.
 */
export type SessionTableOptions = StatementOptions & { readonly durableTouch: boolean }

/** A session of a list. */
export interface ListedSession {
  readonly sid: string
  /** What is stored; throws an error with code `ERR_UNREADABLE_SESSION`. */
  readonly read: () => StoredSession
}

const write: Sending = { writes: true }

/**
 * The session table in the database: arrays of sessions in, one statement on knex, arrays or counts
 * out. Callers keep to the adapter's limits and give no sid twice, and rows to write sorted by sid.
 * No statement is sent after `deadline` (`performance.now()`), and one that is under way then is
 * ended. One that waits for a lock after `lockTimeout`, in ms, where it is given, fails with kind
 * `locked`.
 */
export class SessionTableGateway {
  readonly adapter: DialectAdapter
  readonly #knex: Knex
  #table: SessionTable
  #queries: SessionQueries
  readonly #runner: StatementRunner
  readonly #durableTouch: boolean
  readonly #inspection: Inspection
  readonly #own: OwnQueries
  /** Whether the last delete told whose rows there were. */
  #namesRemoved = false
  /** Whether statements go out in a transaction of the application's. */
  readonly inTransaction: boolean

  constructor(
    knex: Knex,
    adapter: DialectAdapter,
    table: SessionTable,
    options: SessionTableOptions,
    ticker: Ticker,
  ) {
    this.adapter = adapter
    this.#knex = knex
    this.#table = table
    this.#queries = new SessionQueries(knex, adapter, table)
    this.#runner = new StatementRunner(knex, adapter, table, options, ticker)
    this.inTransaction = knex.isTransaction === true
    this.#own = new OwnQueries(adapter, table, this.#runner, this.inTransaction)
    this.#inspection = new Inspection(knex, adapter, this.#runner)
    // There a touch must not change how the transaction commits.
    this.#durableTouch = options.durableTouch || this.inTransaction
  }

  /** The most connections that statements may run on. */
  get poolSize(): number {
    return this.#runner.poolSize
  }

  /** The table as it was found by {@link inspect}. */
  get table(): SessionTable {
    return this.#table
  }

  /** Whether {@link prune} can delete anything. */
  get prunes(): boolean {
    // Nor must it change how a transaction commits, or goes on when the server refuses the
    // statement.
    return !this.inTransaction && this.#own.has('prune')
  }

  /** Whether {@link locked} can tell anything. */
  get canSkipLocked(): boolean {
    // A statement that is stopped would end a transaction, on PostgreSQL.
    return !this.inTransaction && this.#own.has('skipLocked')
  }

  /**
   * Whether the table is there. Rejects when a column of it is not there or may not be read, but in
   * a transaction of the application's, which that would end on some databases.
   */
  exists(deadline: number): Promise<boolean> {
    return this.#inspection.exists(this.#table, deadline)
  }

  /**
   * Whether there is a table of other names, be it of other columns or one that may not be read.
   */
  hasOther(
    names: Pick<SessionTable, 'tableName' | 'schemaName'>,
    deadline: number,
  ): Promise<boolean> {
    return this.#inspection.hasOther({ ...this.#table, ...names }, deadline)
  }

  /** Whether the table has such columns, whatever others. */
  hasColumns(names: readonly string[], deadline: number): Promise<boolean> {
    return this.#inspection.hasColumns(this.#table, names, deadline)
  }

  /**
   * Has the adapter look at the connection and the table that is there. Rejects where no store can
   * work on them.
   */
  async inspect(deadline: number): Promise<void> {
    this.#table = await this.#inspection.inspect(this.#table, deadline)
    this.#own.table = this.#table
    this.#queries = new SessionQueries(this.#knex, this.adapter, this.#table)
  }

  /** Runs one statement of the adapter's and resolves to what knex.raw resolves to. */
  execute(
    work: TableWork,
    statement: Statement,
    deadline: number,
    sending?: Sending,
  ): Promise<unknown> {
    return this.#runner.statement(work, statement, deadline, sending)
  }

  /** The rows that a query finds. */
  rows(
    work: TableWork,
    compose: (queries: SessionQueries) => Knex.QueryBuilder,
    deadline: number,
  ): Promise<readonly Cells[]> {
    return this.#rows(work, compose(this.#queries), deadline)
  }

  /** For each of `sids` the session, `undefined` where there is none or it has expired. */
  async read(
    sids: readonly string[],
    now: EpochMs,
    deadline: number,
  ): Promise<readonly (StoredSession | undefined)[]> {
    const work = 'reading sessions'
    let cells: readonly Cells[]
    try {
      cells = await this.#own.ask('read', [sids, now], { work, deadline }, () =>
        this.#rows(work, this.#queries.live(now, sids), deadline),
      )
    } catch (error) {
      if (!nobodyHas(sids, error)) throw error
      return [undefined]
    }
    const bySid = new Map(cells.map((row) => [row['sid'], row]))
    return sids.map((sid) => {
      const row = bySid.get(sid)
      return row && sessionIn(row, this.adapter, this.#table)
    })
  }

  /** Every unexpired session, or a page of them in the order of their ids. */
  async list(now: EpochMs, deadline: number, range?: PageRange): Promise<readonly ListedSession[]> {
    const query = range ? this.#queries.page(now, range) : this.#queries.live(now)
    const rows = await this.#rows('listing sessions', query, deadline)
    // Not `rows.map`: drivers may make arrays of another realm, and then so would it.
    return Array.from(rows, (row) => ({
      sid: String(row['sid']),
      read: () => sessionIn(row, this.adapter, this.#table),
    }))
  }

  /** The ids of all unexpired sessions. */
  async ids(now: EpochMs, deadline: number): Promise<readonly string[]> {
    return Array.from(
      await this.#rows('listing sessions', this.#queries.ids(now), deadline),
      (row) => String(row['sid']),
    )
  }

  /** The number of unexpired sessions. */
  async count(now: EpochMs, deadline: number): Promise<number> {
    return Number(
      (await this.#rows('counting sessions', this.#queries.count(now), deadline))[0]?.['count'],
    )
  }

  /** Writes the rows, replacing those that exist. */
  async upsert(rows: readonly SessionRow[], deadline: number, lockTimeout?: number): Promise<void> {
    await this.execute(
      'writing sessions',
      this.adapter.upsert(this.#table, rows, { lockTimeout }),
      deadline,
      write,
    )
  }

  /** Writes the rows that are there, expired or not; resolves to how many each was. */
  async update(
    rows: readonly SessionRow[],
    deadline: number,
    lockTimeout?: number,
  ): Promise<readonly number[]> {
    const work = 'writing sessions'
    const updated = await this.#own.ask(
      'update',
      [rows, { lockTimeout }],
      { work, deadline, sending: write },
      async () => {
        const there: string[] = []
        for (const row of rows)
          if ((await this.#count(work, this.#queries.update(row), deadline, write)) > 0)
            there.push(row.sid)
        return there
      },
    )
    if (updated === rows.length) return rows.map(() => 1)
    const sids = rows.map(({ sid }) => sid)
    const there = new Set(
      typeof updated === 'object' ? updated : await this.existing(sids, deadline),
    )
    return sids.map((sid) => (there.has(sid) ? 1 : 0))
  }

  /**
   * Writes the rows of new sessions. Rejects with kind `sid-taken` when a live session has the id
   * of one.
   */
  async insert(
    rows: readonly SessionRow[],
    now: EpochMs,
    deadline: number,
    lockTimeout?: number,
  ): Promise<void> {
    const lookFirst = async () => {
      const stored = await this.read(
        rows.map(({ sid }) => sid),
        now,
        deadline,
      )
      if (stored.some((each, place) => each && !holds(each, (rows[place] as SessionRow).sess)))
        throw sidTaken(this.adapter)
      await this.upsert(rows, deadline, lockTimeout)
    }
    try {
      await this.#own.ask(
        'insert',
        [rows, now, { lockTimeout }],
        { work: 'writing sessions', deadline, sending: write },
        lookFirst,
      )
    } catch (error) {
      // After a failed statement nothing else may work in a transaction.
      if (
        this.inTransaction ||
        rows.length > 1 ||
        (error as Partial<SessionStoreError>).kind !== 'sid-taken'
      )
        throw error
      // It may be the row itself, written by an attempt whose answer was lost.
      await lookFirst()
    }
  }

  /** Moves the expiry of the rows that are there and not expired. */
  async touch(
    rows: readonly SessionExpiry[],
    now: EpochMs,
    deadline: number,
    lockTimeout?: number,
  ): Promise<void> {
    const work = 'touching sessions'
    const asking: Asking = { work, deadline, sending: write }
    try {
      await this.#own.ask(
        'touch',
        [rows, now, { durable: this.#durableTouch, lockTimeout }],
        asking,
        async () => {
          for (const row of rows)
            await this.#runner.query(work, this.#queries.touch(row, now), deadline, write)
        },
      )
    } catch (error) {
      if (!nobodyHas(rows, error)) throw error
    }
  }

  /** The sids among `sids` that have a row, expired or not. */
  existing(sids: readonly string[], deadline: number): Promise<readonly string[]> {
    const work = 'looking for sessions'
    return this.#own.ask('exists', [sids], { work, deadline }, async () => {
      const rows = await this.#rows(work, this.#queries.existing(sids), deadline)
      return Array.from(rows, (row) => String(row['sid']))
    })
  }

  /**
   * Deletes rows by sid; resolves to how many rows each had. Where the database tells only the
   * number of all, of several those that exist are looked up first: where another process deletes
   * some of them in between, the sum over all processes is still the number of rows.
   */
  async destroy(
    sids: readonly string[],
    deadline: number,
    lockTimeout?: number,
  ): Promise<readonly number[]> {
    const looks = sids.length > 1 && !this.#namesRemoved
    const existing = new Set(looks ? await this.existing(sids, deadline) : sids)
    const removed = existing.size > 0 ? await this.#removed(sids, deadline, lockTimeout) : 0
    const gone = typeof removed === 'number' ? existing : new Set(removed)
    let left = typeof removed === 'number' ? removed : gone.size
    return sids.map((sid) => (gone.has(sid) && left-- > 0 ? 1 : 0))
  }

  /**
   * The sids among `sids` whose row another client has locked, against what it is to be locked for;
   * none where the database cannot tell.
   */
  async locked(
    sids: readonly string[],
    purpose: LockPurpose,
    deadline: number,
  ): Promise<readonly string[]> {
    if (!this.canSkipLocked) return []
    const asking: Asking = { work: 'looking for locks', deadline }
    const free: LockLooks['free'] = (some) =>
      this.#own.ask('skipLocked', [some, purpose], asking, () => Promise.resolve(some))
    return lockedAmong(sids, this.adapter.limits.sids, {
      free,
      existing: (some) => this.existing(some, deadline),
    })
  }

  /** Deletes every row; resolves to how many. */
  clear(deadline: number): Promise<number> {
    return this.#count('clearing sessions', this.#queries.clear(), deadline, write)
  }

  /**
   * Deletes expired rows by the adapter's own statement; `undefined` where it has none or the
   * server refuses it.
   */
  async prune(now: EpochMs, range: PruneRange, deadline: number): Promise<Pruned | undefined> {
    if (!this.prunes) return undefined
    try {
      return await this.#own.ask(
        'prune',
        [now, range],
        { work: 'pruning sessions', deadline },
        () => Promise.resolve(undefined),
      )
    } catch (error) {
      // Rows that a foreign key holds are told from the others only one by one.
      if (!isRefusal(error)) throw error
      return undefined
    }
  }

  /** Expired rows, those that expired first. */
  async expired(now: EpochMs, range: PruneRange, deadline: number): Promise<readonly ExpiredRow[]> {
    const rows = await this.#rows(
      'looking for expired sessions',
      this.#queries.expired(now, range),
      deadline,
    )
    return Array.from(rows, (row) => ({
      sid: String(row['sid']),
      expired: timeIn(row['until'], this.adapter, this.#table.column.expired),
    }))
  }

  /** Deletes those of `sids` that are still expired; resolves to how many there were. */
  destroyExpired(sids: readonly string[], now: EpochMs, deadline: number): Promise<number> {
    const work = 'pruning sessions'
    const otherwise = () => this.#count(work, this.#queries.destroyExpired(sids, now), deadline)
    return this.#own.ask('destroyExpired', [sids, now], { work, deadline }, otherwise)
  }

  /** Gives back the connections that no statement is under way on. */
  rest(): void {
    this.#runner.rest()
  }

  /** Ends every statement that is under way, and sends no other. */
  end(): void {
    this.#runner.end()
  }

  /** The sids of the rows that were there, or how many, where the database tells no more. */
  async #removed(
    sids: readonly string[],
    deadline: number,
    lockTimeout?: number,
  ): Promise<readonly string[] | number> {
    const work = 'destroying sessions'
    const otherwise = () => this.#count(work, this.#queries.destroy(sids), deadline, write)
    try {
      const removed = await this.#own.ask(
        'destroy',
        [sids, { lockTimeout }],
        { work, deadline, sending: write },
        otherwise,
      )
      this.#namesRemoved = typeof removed !== 'number'
      return removed
    } catch (error) {
      if (!nobodyHas(sids, error)) throw error
      return 0
    }
  }

  async #count(
    work: TableWork,
    deletion: Knex.QueryBuilder,
    deadline: number,
    sending?: Sending,
  ): Promise<number> {
    return Number(await this.#runner.query(work, deletion, deadline, sending))
  }

  async #rows(
    work: TableWork,
    query: Knex.QueryBuilder,
    deadline: number,
  ): Promise<readonly Cells[]> {
    return (await this.#runner.query(work, query, deadline)) as readonly Cells[]
  }
}
