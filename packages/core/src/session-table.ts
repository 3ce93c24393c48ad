import type { Knex } from 'knex'
import type { DialectAdapter, EpochMs, SessionExpiry, SessionRow, SessionTable, Statement } from './dialect/adapter.js'
import { qualifiedName } from './dialect/sql.js'
import { StatementRunner, type StatementOptions } from './statement-runner.js'

/** A session as it was read. */
export interface StoredSession {
  /** The serialized session. */
  readonly sess: string
  readonly expired: EpochMs
}

/** How sessions are sent. */
export interface SessionTableOptions extends StatementOptions {
  /** Whether a touch waits until the database has it on disk. */
  readonly durableTouch: boolean
}

type Cells = Readonly<Record<string, unknown>>

/**
 * The session table in the database: arrays of sessions in, one statement on knex, arrays or counts out.
 * Callers keep to the adapter's limits and give no sid twice, and rows to write sorted by sid.
 */
export class SessionTableGateway {
  readonly adapter: DialectAdapter
  readonly table: SessionTable
  readonly #knex: Knex
  readonly #runner: StatementRunner
  readonly #durableTouch: boolean
  readonly #name: Knex.Raw
  readonly #sid: Knex.Raw
  readonly #columns: readonly Knex.Raw[]

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable, options: SessionTableOptions) {
    this.adapter = adapter
    this.table = table
    this.#knex = knex
    this.#runner = new StatementRunner(knex, adapter, table, options)
    this.#durableTouch = options.durableTouch
    this.#name = knex.raw(qualifiedName(adapter, table))
    this.#sid = knex.raw(adapter.quoteIdentifier(table.column.sid.name))
    this.#columns = table.columns.map((column) => {
      const quoted = adapter.quoteIdentifier(column.name)
      const expression = column.type === 'sid' ? quoted : adapter[column.type].select(quoted)
      return knex.raw(`${expression} as ${adapter.quoteIdentifier(column.field)}`)
    })
  }

  /** Fails with kind `missing-table` when the table, or with kind `other` when a column of it, is not there or may not be read. */
  async check(): Promise<void> {
    const columns = this.table.columns.map((column) => this.#knex.raw(this.adapter.quoteIdentifier(column.name)))
    await this.#runner.query('looking for the session table', this.#from().select(columns).whereRaw('1 = 0'))
  }

  /** Runs one statement of the adapter's and resolves to what knex.raw resolves to. */
  execute(work: string, statement: Statement): Promise<unknown> {
    return this.#runner.statement(work, statement)
  }

  /** For each of `sids` the session, `undefined` where there is none or it has expired. */
  async read(sids: readonly string[], now: EpochMs): Promise<readonly (StoredSession | undefined)[]> {
    const work = 'reading sessions'
    const { read } = this.adapter
    const cells = read
      ? read.rows(await this.execute(work, read.statement(this.table, sids, now)))
      : await this.#rows(work, this.#whereSids(this.#live(now), sids))
    const bySid = new Map(cells.map((row) => [row['sid'], row]))
    return sids.map((sid) => {
      const row = bySid.get(sid)
      return row && this.#decode(row)
    })
  }

  /** Every unexpired session. */
  async readAll(now: EpochMs): Promise<readonly StoredSession[]> {
    const rows = await this.#rows('listing sessions', this.#live(now))
    // Not `rows.map`: drivers may make arrays of another realm, and then so would it.
    return Array.from(rows, (row) => this.#decode(row))
  }

  /** The number of unexpired sessions. */
  async count(now: EpochMs): Promise<number> {
    const query = this.#whereExpired(this.#from(), '>', now).count({ count: '*' })
    const [row] = await this.#rows('counting sessions', query)
    return Number(row?.['count'])
  }

  /** Writes the rows, replacing those that exist. */
  async upsert(rows: readonly SessionRow[]): Promise<void> {
    await this.execute('writing sessions', this.adapter.upsert(this.table, rows))
  }

  /** Moves the expiry of the rows that are there and not expired. */
  async touch(rows: readonly SessionExpiry[], now: EpochMs): Promise<void> {
    const work = 'touching sessions'
    if (this.adapter.touch) {
      await this.execute(work, this.adapter.touch(this.table, rows, now, { durable: this.#durableTouch }))
      return
    }
    const { timestamp } = this.adapter
    for (const row of rows) {
      const expired = this.#knex.raw(timestamp.parameter, [timestamp.encode(row.expired) as Knex.RawBinding])
      const live = this.#whereSids(this.#whereExpired(this.#from(), '>', now), [row.sid])
      await this.#runner.query(work, live.update({ [this.table.column.expired.name]: expired }))
    }
  }

  /** The sids among `sids` that have a row, expired or not. */
  async existing(sids: readonly string[]): Promise<string[]> {
    const rows = await this.#rows('looking for sessions', this.#whereSids(this.#from(), sids).select(this.#sidColumn()))
    return rows.map((row) => String(row['sid']))
  }

  /** Deletes rows by sid; resolves to how many there were. */
  async destroy(sids: readonly string[]): Promise<number> {
    return this.#delete('destroying sessions', this.#whereSids(this.#from(), sids))
  }

  /** Deletes every row; resolves to how many there were. */
  async clear(): Promise<number> {
    return this.#delete('clearing sessions', this.#from())
  }

  /** The sids of up to `limit` expired rows, those that expired first. */
  async expired(now: EpochMs, limit: number): Promise<string[]> {
    const column = this.#knex.raw(this.adapter.quoteIdentifier(this.table.column.expired.name))
    const query = this.#whereExpired(this.#from(), '<=', now).select(this.#sidColumn()).orderBy(column).limit(limit)
    const rows = await this.#rows('looking for expired sessions', query)
    return rows.map((row) => String(row['sid']))
  }

  /**
   * Deletes those of `sids` that are still expired; resolves to how many there were. A row that a collation takes for one of them has
   * expired too if it is deleted, so they need not be told apart.
   */
  async destroyExpired(sids: readonly string[], now: EpochMs): Promise<number> {
    const some = this.#from().whereIn(this.#sid as unknown as string, sids)
    return this.#delete('pruning sessions', this.#whereExpired(some, '<=', now))
  }

  #from(): Knex.QueryBuilder {
    return this.#knex.from(this.#name as unknown as string)
  }

  #sidColumn(): Knex.Raw {
    return this.#columns[0] ?? this.#sid
  }

  #live(now: EpochMs): Knex.QueryBuilder {
    return this.#whereExpired(this.#from(), '>', now).select(this.#columns)
  }

  #whereExpired(query: Knex.QueryBuilder, comparison: '>' | '<=', now: EpochMs): Knex.QueryBuilder {
    const { timestamp } = this.adapter
    const expired = this.adapter.quoteIdentifier(this.table.column.expired.name)
    return query.whereRaw(`${expired} ${comparison} ${timestamp.parameter}`, [timestamp.encode(now) as Knex.RawBinding])
  }

  /** The plain `in` finds the rows by the primary key; the exact one beside it drops those that only the collation takes for equal. */
  #whereSids(query: Knex.QueryBuilder, sids: readonly string[]): Knex.QueryBuilder {
    const plain = query.whereIn(this.#sid as unknown as string, sids)
    const exact = this.adapter.exactSid
    if (!exact) return plain
    const places = sids.map(() => exact.parameter).join(', ')
    return plain.whereRaw(`${exact.column(this.adapter.quoteIdentifier(this.table.column.sid.name))} in (${places})`, [...sids])
  }

  async #delete(work: string, query: Knex.QueryBuilder): Promise<number> {
    return Number(await this.#runner.query(work, query.del()))
  }

  async #rows(work: string, query: Knex.QueryBuilder): Promise<readonly Cells[]> {
    return (await this.#runner.query(work, query)) as readonly Cells[]
  }

  #decode(row: Cells): StoredSession {
    const { json, timestamp } = this.adapter
    return { sess: json.decode(row['sess']), expired: timestamp.decode(row['expired']) }
  }
}
