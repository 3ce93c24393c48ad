import type { Knex } from 'knex'
import {
  expiryCodec,
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
import { isRefusal, SessionStoreError } from '../errors.js'
import type { ExpiredRow } from './expired-rows.js'
import { SessionQueries } from './queries.js'
import type { StoredSession } from '../session/payload.js'
import { FastPath, type Ticker } from '../time.js'
import { StatementRunner, type Sending, type StatementOptions, type TableWork } from '../statement/runner.js'

/** How sessions are sent. */
export interface SessionTableOptions extends StatementOptions {
  /** Whether a touch waits until the database has it on disk. */
  readonly durableTouch: boolean
}

type Cells = Readonly<Record<string, unknown>>

/**
 * The session table in the database: arrays of sessions in, one statement on knex, arrays or counts out.
 * Callers keep to the adapter's limits and give no sid twice, and rows to write sorted by sid. No statement is sent after `deadline`
 * (`performance.now()`), and one that is under way then is ended. One that waits for a lock after `lockTimeout`, in ms, where it is given, is
 * stopped and fails with kind `locked`.
 */
export class SessionTableGateway {
  readonly adapter: DialectAdapter
  readonly #knex: Knex
  #table: SessionTable
  #queries: SessionQueries
  readonly #runner: StatementRunner
  readonly #durableTouch: boolean
  readonly #prunes = new FastPath()
  readonly #skipsLocked = new FastPath()
  readonly #destroys = new FastPath()
  /** Whether the last delete told whose rows there were. */
  #namesRemoved = false
  /** Whether statements go out in a transaction of the application's. */
  readonly inTransaction: boolean

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable, options: SessionTableOptions, ticker: Ticker) {
    this.adapter = adapter
    this.#knex = knex
    this.#table = table
    this.#queries = new SessionQueries(knex, adapter, table)
    this.#runner = new StatementRunner(knex, adapter, table, options, ticker)
    this.inTransaction = knex.isTransaction === true
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
    // Nor must it change how a transaction commits, or goes on when the server refuses the statement.
    return this.adapter.prune !== undefined && !this.inTransaction && this.#prunes.isOpen
  }

  /** Whether {@link locked} can tell anything. */
  get canSkipLocked(): boolean {
    // A statement that is stopped would end a transaction, on PostgreSQL.
    return this.adapter.unlocked !== undefined && !this.inTransaction && this.#skipsLocked.isOpen
  }

  /**
   * Whether the table is there. Rejects with kind `other` when a column of it is not there or may not be read, but in a transaction of the
   * application's, which that would end on some databases.
   */
  async exists(deadline: number): Promise<boolean> {
    const work = 'looking for the session table'
    const { tableExists } = this.adapter
    if (tableExists && this.inTransaction) return tableExists.read(await this.execute(work, tableExists.statement(this.table), deadline))
    try {
      await this.#runner.query(work, this.#queries.check(), deadline)
      return true
    } catch (error) {
      if ((error as Partial<SessionStoreError>).kind === 'missing-table') return false
      throw error
    }
  }

  /** Whether there is a table of other names, be it of other columns or one that may not be read. */
  hasOther(names: Pick<SessionTable, 'tableName' | 'schemaName'>, deadline: number): Promise<boolean> {
    return this.#finds(new SessionQueries(this.#knex, this.adapter, { ...this.#table, ...names }).check(), deadline, true)
  }

  /** Whether the table has such columns, whatever others. */
  hasColumns(names: readonly string[], deadline: number): Promise<boolean> {
    return this.#finds(this.#queries.check(names), deadline)
  }

  /** Has the adapter look at the connection and the table that is there. Rejects where no store can work on them. */
  async inspect(deadline: number): Promise<void> {
    await this.#checkCommits(deadline)
    const { inspect, name } = this.adapter
    if (!inspect) return
    const results: unknown[] = []
    try {
      for (const statement of inspect.statements(this.#table)) {
        results.push(await this.execute('looking for the session table', statement, deadline))
      }
    } catch (error) {
      // One that the server cannot look at, or the user may not, is taken for one that the adapter made.
      if (!isRefusal(error) || error.kind === 'other') throw error
      return
    }
    const found = inspect.read(results, this.#table)
    if (typeof found === 'string') throw new SessionStoreError({ code: 'ERR_DATABASE', kind: 'other', dialect: name, message: found })
    this.#table = found
    this.#queries = new SessionQueries(this.#knex, this.adapter, found)
  }

  /** Runs one statement of the adapter's and resolves to what knex.raw resolves to. */
  execute(work: TableWork, statement: Statement, deadline: number, sending?: Sending): Promise<unknown> {
    return this.#runner.statement(work, statement, deadline, sending)
  }

  /** For each of `sids` the session, `undefined` where there is none or it has expired. */
  async read(sids: readonly string[], now: EpochMs, deadline: number): Promise<readonly (StoredSession | undefined)[]> {
    const work = 'reading sessions'
    const { read } = this.adapter
    let cells: readonly Cells[]
    try {
      cells = read
        ? read.rows(await this.execute(work, read.statement(this.#table, sids, now), deadline))
        : await this.#rows(work, this.#queries.live(now, sids), deadline)
    } catch (error) {
      if (!nobodyHas(sids, error)) throw error
      return [undefined]
    }
    const bySid = new Map(cells.map((row) => [row['sid'], row]))
    return sids.map((sid) => {
      const row = bySid.get(sid)
      return row && this.#decode(row)
    })
  }

  /** Every unexpired session, each as a function that reads it or throws an error with code `ERR_UNREADABLE_SESSION`. */
  async readAll(now: EpochMs, deadline: number): Promise<readonly (() => StoredSession)[]> {
    const rows = await this.#rows('listing sessions', this.#queries.live(now), deadline)
    // Not `rows.map`: drivers may make arrays of another realm, and then so would it.
    return Array.from(rows, (row) => () => this.#decode(row))
  }

  /** The number of unexpired sessions. */
  async count(now: EpochMs, deadline: number): Promise<number> {
    const [row] = await this.#rows('counting sessions', this.#queries.count(now), deadline)
    return Number(row?.['count'])
  }

  /** Writes the rows, replacing those that exist. */
  async upsert(rows: readonly SessionRow[], deadline: number, lockTimeout?: number): Promise<void> {
    await this.execute('writing sessions', this.adapter.upsert(this.#table, rows), deadline, { lockTimeout, writes: true })
  }

  /** Moves the expiry of the rows that are there and not expired. */
  async touch(rows: readonly SessionExpiry[], now: EpochMs, deadline: number, lockTimeout?: number): Promise<void> {
    const work = 'touching sessions'
    const durable = this.#durableTouch
    const sending = { lockTimeout, writes: true }
    try {
      if (this.adapter.touch) await this.execute(work, this.adapter.touch(this.#table, rows, now, { durable }), deadline, sending)
      else for (const row of rows) await this.#runner.query(work, this.#queries.touch(row, now), deadline, sending)
    } catch (error) {
      if (!nobodyHas(rows, error)) throw error
    }
  }

  /** The sids among `sids` that have a row, expired or not. */
  async existing(sids: readonly string[], deadline: number): Promise<readonly string[]> {
    const { existing } = this.adapter
    if (existing) return existing.sids(await this.execute('looking for sessions', existing.statement(this.#table, sids), deadline))
    const rows = await this.#rows('looking for sessions', this.#queries.existing(sids), deadline)
    return Array.from(rows, (row) => String(row['sid']))
  }

  /**
   * Deletes rows by sid; resolves to how many rows each had. Where the database tells only the number of all, of several those that exist
   * are looked up first: where another process deletes some of them in between, the sum over all processes is still the number of rows.
   */
  async destroy(sids: readonly string[], deadline: number, lockTimeout?: number): Promise<readonly number[]> {
    const looks = sids.length > 1 && !this.#namesRemoved
    const existing = new Set(looks ? await this.existing(sids, deadline) : sids)
    const removed = existing.size > 0 ? await this.#removed(sids, deadline, lockTimeout) : 0
    const gone = typeof removed === 'number' ? existing : new Set(removed)
    let left = typeof removed === 'number' ? removed : gone.size
    return sids.map((sid) => (gone.has(sid) && left-- > 0 ? 1 : 0))
  }

  /** The sids among `sids` whose row another client has locked, against what it is to be locked for; none where the database cannot tell. */
  async locked(sids: readonly string[], purpose: LockPurpose, deadline: number): Promise<readonly string[]> {
    const most = this.adapter.limits.sids
    const locked: string[] = []
    for (let start = 0; start < sids.length; start += most) {
      locked.push(...(await this.#locked(sids.slice(start, start + most), purpose, deadline)))
    }
    return locked
  }

  async #locked(sids: readonly string[], purpose: LockPurpose, deadline: number): Promise<readonly string[]> {
    const { unlocked } = this.adapter
    if (!unlocked || !this.canSkipLocked) return []
    try {
      const found = await this.execute('looking for locks', unlocked.statement(this.#table, sids, purpose), deadline)
      const free = new Set(unlocked.sids(found))
      const others = sids.filter((sid) => !free.has(sid))
      return others.length === 0 ? [] : await this.existing(others, deadline)
    } catch (error) {
      const { kind } = error as Partial<SessionStoreError>
      // No row of such an id can be locked; the write that has it fails by itself.
      if (kind !== 'unsupported' && kind !== 'sid-impossible') throw error
      if (kind === 'unsupported') this.#skipsLocked.close(error as Error)
      return []
    }
  }

  /** Deletes every row; resolves to how many there were. */
  clear(deadline: number): Promise<number> {
    return this.#count('clearing sessions', this.#queries.clear(), deadline, { writes: true })
  }

  /** Deletes expired rows by the adapter's own statement; `undefined` where it has none or the server refuses it. */
  async prune(now: EpochMs, range: PruneRange, deadline: number): Promise<Pruned | undefined> {
    const { prune } = this.adapter
    if (!prune || !this.prunes) return undefined
    try {
      return prune.outcome(await this.execute('pruning sessions', prune.statement(this.#table, now, range), deadline))
    } catch (error) {
      // Rows that a foreign key holds are told from the others only one by one.
      if (!isRefusal(error)) throw error
      if (error.kind === 'unsupported') this.#prunes.close(error)
      return undefined
    }
  }

  /** Expired rows, those that expired first. */
  async expired(now: EpochMs, range: PruneRange, deadline: number): Promise<readonly ExpiredRow[]> {
    const rows = await this.#rows('looking for expired sessions', this.#queries.expired(now, range), deadline)
    return Array.from(rows, (row) => ({ sid: String(row['sid']), expired: this.#expiryOf(row['until']) }))
  }

  /** Deletes those of `sids` that are still expired; resolves to how many there were. */
  async destroyExpired(sids: readonly string[], now: EpochMs, deadline: number): Promise<number> {
    const work = 'pruning sessions'
    const { destroyExpired } = this.adapter
    if (!destroyExpired) return this.#count(work, this.#queries.destroyExpired(sids, now), deadline)
    return destroyExpired.removed(await this.execute(work, destroyExpired.statement(this.#table, sids, now), deadline))
  }

  /** Gives back the connections that no statement is under way on. */
  rest(): void {
    this.#runner.rest()
  }

  /** Ends every statement that is under way, and sends no other. */
  end(): void {
    this.#runner.end()
  }

  /** `refused`: what it means that the server refuses the look. Default: nothing is found. */
  async #finds(check: Knex.QueryBuilder, deadline: number, refused = false): Promise<boolean> {
    try {
      await this.#runner.query('looking for the session table', check, deadline)
      return true
    } catch (error) {
      const { kind } = error as Partial<SessionStoreError>
      if (kind === 'missing-table') return false
      if (isRefusal(error)) return refused
      throw error
    }
  }

  async #checkCommits(deadline: number): Promise<void> {
    const { commits, name } = this.adapter
    if (!commits || this.inTransaction) return
    if (commits.read(await this.execute('asking whether statements are committed', commits.statement, deadline))) return
    const message =
      'the connections of the knex instance do not commit by themselves, so that nothing the store writes would last; give the store a knex ' +
      'instance without such a setting (`autocommit = 0`, `implicit_transactions on`: look at `pool.afterCreate` and at the server), or set it back there'
    throw new SessionStoreError({ code: 'ERR_DATABASE', kind: 'other', dialect: name, message })
  }

  /** The sids of the rows that were there, or how many, where the database tells no more. */
  async #removed(sids: readonly string[], deadline: number, lockTimeout?: number): Promise<readonly string[] | number> {
    try {
      const removed = await this.#destroy(sids, deadline, lockTimeout)
      this.#namesRemoved = typeof removed !== 'number'
      return removed
    } catch (error) {
      if (!nobodyHas(sids, error)) throw error
      return 0
    }
  }

  async #destroy(sids: readonly string[], deadline: number, lockTimeout?: number): Promise<readonly string[] | number> {
    const work = 'destroying sessions'
    const sending = { lockTimeout, writes: true }
    const { destroy } = this.adapter
    let refused: Error | undefined
    if (destroy && this.#destroys.isOpen) {
      try {
        return destroy.removed(await this.execute(work, destroy.statement(this.#table, sids), deadline, sending))
      } catch (error) {
        // After a refused statement nothing else may work in a transaction.
        if (this.inTransaction || (error as Partial<SessionStoreError>).kind !== 'unsupported') throw error
        refused = error as Error
      }
    }
    const removed = await this.#count(work, this.#queries.destroy(sids), deadline, sending)
    // A row that may not be deleted, by a foreign key for example, would have made this one fail as well.
    if (refused) this.#destroys.close(refused)
    return removed
  }

  async #count(work: TableWork, deletion: Knex.QueryBuilder, deadline: number, sending?: Sending): Promise<number> {
    return Number(await this.#runner.query(work, deletion, deadline, sending))
  }

  async #rows(work: TableWork, query: Knex.QueryBuilder, deadline: number): Promise<readonly Cells[]> {
    return (await this.#runner.query(work, query, deadline)) as readonly Cells[]
  }

  #expiryOf(cell: unknown): EpochMs | undefined {
    try {
      return expiryCodec(this.adapter, this.#table).decode(cell)
    } catch {
      return undefined
    }
  }

  #decode(row: Cells): StoredSession {
    const { json, name } = this.adapter
    try {
      return { sess: json.decode(row['sess']), expired: expiryCodec(this.adapter, this.#table).decode(row['expired']) }
    } catch {
      const message = 'a row of the session table cannot be read: a cell is not of the type that the dialect knows; remove or mend the row'
      throw new SessionStoreError({ code: 'ERR_UNREADABLE_SESSION', dialect: name, message })
    }
  }
}

/** Whether a statement about one session failed because the column cannot hold its id, so that there is no such session. */
function nobodyHas(asked: readonly unknown[], error: unknown): boolean {
  return asked.length === 1 && error instanceof SessionStoreError && error.kind === 'sid-impossible'
}
