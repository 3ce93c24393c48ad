import type { Knex } from 'knex'
import {
  encodeColumn,
  expiryCodec,
  follows,
  formerOf,
  parameterOf,
  qualifiedName,
  selectColumn,
  writtenBy,
  type Column,
  type DialectAdapter,
  type EpochMs,
  type PruneRange,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
} from '../dialect/index.js'
import { IdConditions } from './id-conditions.js'
import type { PageRange } from './rows.js'
import { columnKey, withOwnSettings, type StatementMaker } from '../statement/statement-maker.js'

/**
 * The statements on the session table that knex's query builder composes for every database, of the
 * adapter's quoting, codecs and exact comparison. Nothing is sent.
 */
export class SessionQueries {
  readonly #knex: StatementMaker
  readonly #adapter: DialectAdapter
  readonly #table: SessionTable
  readonly #ids: IdConditions
  readonly #name: Knex.Raw
  readonly #sid: string
  readonly #expired: string
  readonly #followed: string | undefined

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable) {
    this.#knex = withOwnSettings(knex, adapter.driver)
    this.#adapter = adapter
    this.#table = table
    this.#ids = new IdConditions(this.#knex, adapter)
    this.#name = this.#knex.raw(qualifiedName(adapter, table))
    this.#sid = adapter.quoteIdentifier(table.column.sid.name)
    const { version } = table.column
    this.#followed = version && follows(adapter.quoteIdentifier(version.name))
    this.#expired = adapter.quoteIdentifier(table.column.expired.name)
  }

  /**
   * No row, but an error when the table or a column of it, here the table's own, is not there or
   * may not be read; of all where none is named.
   */
  check(names: readonly string[] = this.#table.columns.map(({ name }) => name)): Knex.QueryBuilder {
    const columns = names.map((name) => this.#knex.raw(this.#adapter.quoteIdentifier(name)))
    return this.#from().select(columns).whereRaw('1 = 0')
  }

  /** Unexpired sessions, all or those of some sids, as columns named by their fields. */
  live(now: EpochMs, sids?: readonly string[]): Knex.QueryBuilder {
    const query = this.#whereExpired(this.#from(), '>', now)
    query.select(this.#selected(this.#table.columns))
    return sids ? this.#whereSids(query, sids) : query
  }

  /** Up to `limit` unexpired sessions in the order of their column, from one id on, itself too. */
  page(now: EpochMs, { limit, from }: PageRange): Knex.QueryBuilder {
    const query = this.live(now)
    const parameter =
      this.#table.column.sid.parameter ?? this.#adapter.exactSid?.plainParameter ?? '?'
    const since =
      from === undefined ? query : query.whereRaw(`${this.#sid} >= ${parameter}`, [from])
    return since.orderBy(this.#knex.raw(this.#sid)).limit(limit)
  }

  /** The ids of unexpired sessions, as `sid`. */
  ids(now: EpochMs): Knex.QueryBuilder {
    return this.#whereExpired(this.#from(), '>', now).select(this.#as(this.#sid, 'sid'))
  }

  /**
   * The number of unexpired sessions, all or those of a user, as `count`: text, of which every
   * driver makes the same, whatever it makes of numbers.
   */
  count(now: EpochMs, userId?: string): Knex.QueryBuilder {
    const query = this.#whereExpired(this.#from(), '>', now).select(
      this.#as('cast(count(*) as char(20))', 'count'),
    )
    return userId === undefined ? query : this.#whereUser(query, userId)
  }

  /** Moves the expiry of one row that is there and not expired. */
  touch(row: SessionExpiry, now: EpochMs): Knex.QueryBuilder {
    const live = this.#whereSids(this.#whereExpired(this.#from(), '>', now), [row.sid])
    return live.update(this.#values('touch', row))
  }

  /** Writes a row that is there, expired or not. */
  update(row: SessionRow): Knex.QueryBuilder {
    const query = this.#whereSids(this.#from(), [row.sid]).update(this.#values('write', row))
    return this.#followed ? query.whereRaw(this.#followed, [formerOf(row)]) : query
  }

  /** Says of one row whose it is, where it does not say so. */
  assign(row: SessionExpiry): Knex.QueryBuilder {
    const { userId } = this.#table.column
    const unknown = `${this.#adapter.quoteIdentifier(userId?.name ?? '')} is null`
    return this.#whereSids(this.#from(), [row.sid])
      .whereRaw(unknown)
      .update(this.#valuesOf(userId ? [userId] : [], row))
  }

  /** Gives one row that is there another id. */
  rename(from: string, to: string): Knex.QueryBuilder {
    const { sid } = this.#table.column
    return this.#whereSids(this.#from(), [from]).update(this.#valuesOf([sid], { sid: to }))
  }

  /** Unexpired sessions of a user, as {@link live}. */
  liveOf(userId: string, now: EpochMs): Knex.QueryBuilder {
    return this.#whereUser(this.live(now), userId)
  }

  /**
   * The sids of the sessions of a user, as `sid`, and when each was made, as `createdAt`; `now`: of
   * unexpired ones only.
   */
  sidsOf(userId: string, now?: EpochMs): Knex.QueryBuilder {
    const { sid, createdAt = sid } = this.#table.column
    const all = this.#from().select(this.#selected([sid, createdAt]))
    return this.#whereUser(now === undefined ? all : this.#whereExpired(all, '>', now), userId)
  }

  /** Some fields of the rows of `sids`, expired or not, by their names. */
  fields(fields: readonly (keyof SessionRow)[], sids: readonly string[]): Knex.QueryBuilder {
    const columns = this.#table.columns.filter(({ field }) => fields.includes(field))
    return this.#whereSids(this.#from(), sids).select(this.#selected(columns))
  }

  /** Deletes rows by sid. */
  destroy(sids: readonly string[]): Knex.QueryBuilder {
    return this.#whereSids(this.#from(), sids).del()
  }

  /** Deletes every row. */
  clear(): Knex.QueryBuilder {
    return this.#from().del()
  }

  /**
   * Up to `limit` expired rows, those that expired first, as `sid` and `until`; none that expired
   * before `from`, where it is given. The expiry has another name than its column: the order would
   * be by the value in the select list then, which no index has.
   */
  expired(now: EpochMs, { limit, from }: PruneRange): Knex.QueryBuilder {
    const until = this.#as(expiryCodec(this.#adapter, this.#table).select(this.#expired), 'until')
    const query = this.#whereExpired(this.#from(), '<=', now).select(
      this.#as(this.#sid, 'sid'),
      until,
    )
    const since = from === undefined ? query : this.#whereExpired(query, '>=', from)
    return since.orderBy(this.#knex.raw(this.#expired)).limit(limit)
  }

  /**
   * Deletes those of `sids` that are still expired. A row that a collation takes for one of them
   * has expired too if it is deleted, so they need not be looked at one by one.
   */
  destroyExpired(sids: readonly string[], now: EpochMs): Knex.QueryBuilder {
    return this.#whereExpired(this.#ids.whereIn(this.#from(), this.#sid, sids), '<=', now).del()
  }

  #values(write: 'write' | 'touch', row: Partial<SessionRow>) {
    return this.#valuesOf(writtenBy(write, this.#table), row)
  }

  #valuesOf(
    columns: readonly Column[],
    row: Partial<SessionRow>,
  ): Readonly<Record<string, Knex.Raw>> {
    const value = (column: Column) =>
      this.#knex.raw(parameterOf(this.#adapter, column), [
        encodeColumn(this.#adapter, column, row) as Knex.RawBinding,
      ])
    return Object.fromEntries(columns.map((column) => [columnKey(column.name), value(column)]))
  }

  #whereUser(query: Knex.QueryBuilder, userId: string): Knex.QueryBuilder {
    const column = this.#adapter.quoteIdentifier(this.#table.column.userId?.name ?? '')
    return this.#ids.whereExact(query, column, [userId])
  }

  #from(): Knex.QueryBuilder {
    return this.#knex.from(this.#name)
  }

  #selected(columns: readonly Column[]): readonly Knex.Raw[] {
    return columns.map((each) => this.#as(selectColumn(this.#adapter, each), each.field))
  }

  #as(expression: string, name: string): Knex.Raw {
    return this.#knex.raw(`${expression} as ${this.#adapter.quoteIdentifier(name)}`)
  }

  #whereExpired(
    query: Knex.QueryBuilder,
    comparison: '>' | '<=' | '>=',
    at: EpochMs,
  ): Knex.QueryBuilder {
    const timestamp = expiryCodec(this.#adapter, this.#table)
    return query.whereRaw(`${this.#expired} ${comparison} ${timestamp.parameter}`, [
      timestamp.encode(at) as Knex.RawBinding,
    ])
  }

  #whereSids(query: Knex.QueryBuilder, sids: readonly string[]): Knex.QueryBuilder {
    return this.#ids.whereExact(query, this.#sid, sids)
  }
}
