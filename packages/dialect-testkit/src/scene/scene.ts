import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import {
  expiryCodec,
  qualifiedName,
  selectColumn,
  sessionTable,
  toEpochMs,
  type ColumnNames,
  type DialectAdapter,
  type SessionRow,
  type SessionTable,
  type SessionTableNames,
  type Statement,
} from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { manualClock, type ManualClock } from './manual-clock.js'
import { hour, sessionUntil, type Contents } from './sessions.js'
import type { Capabilities, CompleteTarget, ConnectOptions } from '../kit/target.js'

/** A knex instance that laws share, and what opens further ones. */
export interface SceneDatabase {
  readonly knex: Knex
  open(options: ConnectOptions): Knex
}

/** One row as the database has it. */
export interface StoredRow {
  readonly sid: string
  readonly sess: string
  /** In ms since 1970. */
  readonly expired: number
}

/** Connections of a knex instance that a law opens for itself. */
const connectionsOfLaw = 4

/**
 * What one law works with: tables of its own, stores on them and a clock. `end` closes and drops
 * all of it.
 */
export class Scene {
  readonly target: CompleteTarget
  readonly adapter: DialectAdapter
  readonly capabilities: Capabilities
  readonly knex: Knex
  readonly clock: ManualClock = manualClock()
  /** The table that `store` works on when it is given no names. */
  readonly table: SessionTable
  readonly #database: SceneDatabase
  readonly #tables: SessionTable[] = []
  readonly #stores: KnexSessionStore[] = []
  readonly #opened: Knex[] = []

  constructor(target: CompleteTarget, database: SceneDatabase) {
    this.target = target
    this.adapter = target.adapter
    this.capabilities = target.capabilities
    this.knex = database.knex
    this.#database = database
    this.table = this.newTable()
  }

  /** The definition of a table that does not exist yet and is dropped at the end. */
  newTable(names: SessionTableNames = {}): SessionTable {
    const table = sessionTable({ tableName: uniqueName('laws'), ...names }, this.adapter.times)
    this.#tables.push(table)
    return table
  }

  /** A store on the scene's table and clock that does not prune by itself. */
  store(options: KnexSessionStoreOptions = {}, table: SessionTable = this.table): KnexSessionStore {
    const { schemaName, tableName } = table
    const store = new KnexSessionStore({
      knex: this.knex,
      dialect: this.adapter,
      tableName,
      ...(schemaName === undefined ? {} : { schemaName }),
      columns: namesOf(table),
      cleanupInterval: 0,
      clock: this.clock.now,
      ...options,
    })
    this.#stores.push(store)
    return store
  }

  /** `count` stores on the scene's table, on as many knex instances as can share the database. */
  stores(
    count: number,
    options: KnexSessionStoreOptions = {},
  ): readonly [KnexSessionStore, ...KnexSessionStore[]] {
    const { knexInstances } = this.capabilities
    const instances =
      knexInstances < 2
        ? [this.knex]
        : Array.from({ length: Math.min(count, knexInstances) }, () => this.open())
    const store = (index: number) =>
      this.store({ ...options, knex: instances[index % instances.length] ?? this.knex })
    return [store(0), ...Array.from({ length: count - 1 }, (_, index) => store(index + 1))]
  }

  /** A knex instance of the law's own. */
  open(options: Partial<ConnectOptions> = {}): Knex {
    const knex = this.#database.open({ connections: connectionsOfLaw, ...options })
    this.#opened.push(knex)
    return knex
  }

  /** A session that ends an hour from now. */
  session(contents?: Contents): SessionData {
    return sessionUntil(this.clock.now() + hour, contents)
  }

  /** Makes the scene's table, or another. */
  async createTable(table: SessionTable = this.table): Promise<void> {
    await this.store({}, table).ready
  }

  /**
   * Makes the scene's table, or another, as connect-session-knex 5 does: by knex, with the default
   * character set and collation of the database. Options narrow columns, to a number of characters
   * that the database refuses to exceed, or give the session id another type.
   */
  async createLegacyTable(
    table: SessionTable = this.table,
    longest: { readonly sid?: number; readonly sess?: number; readonly sidType?: string } = {},
  ): Promise<void> {
    const { sid, sess, expired } = table.column
    const limits = { [sid.name]: longest.sid, [sess.name]: longest.sess }
    await this.knex.schema.createTable(table.tableName, (columns) => {
      const { sidType } = longest
      if (sidType === undefined) columns.string(sid.name, longest.sid).primary()
      else columns.specificType(sid.name, sidType).primary()
      if (longest.sess === undefined) columns.json(sess.name).notNullable()
      else columns.string(sess.name, longest.sess).notNullable()
      columns.dateTime(expired.name).notNullable().index()
      // Not every database takes the length of a type for a limit, and each has its own function
      // for the length of a text.
      for (const [name, limit] of Object.entries(limits))
        if (limit !== undefined) columns.check('?? not like ?', [name, `${'_'.repeat(limit + 1)}%`])
    })
  }

  /** Drops a table at once. */
  async dropTable(table: SessionTable = this.table): Promise<void> {
    await this.knex.raw(`drop table ${qualifiedName(this.adapter, table)}`)
  }

  /**
   * Sends one of the adapter's statements as the store does; resolves to what knex.raw resolves to.
   */
  async run(statement: Statement, knex: Knex = this.knex): Promise<unknown> {
    const query = knex.raw(statement.sql, statement.bindings as Knex.RawBinding[])
    const options = {
      ...statement.options,
      ...(statement.name === undefined ? {} : { name: statement.name }),
    }
    return (await (Object.keys(options).length > 0 ? query.options(options) : query)) as unknown
  }

  /** Whether there is a table of that name, whoever made it. */
  exists(tableName: string): Promise<boolean> {
    return this.#isThere(sessionTable({ tableName }))
  }

  /** Every row of the table, expired or not, ordered by sid. */
  async rows(table: SessionTable = this.table): Promise<readonly StoredRow[]> {
    const cells = await this.#select(table, '1 = 1')
    // Not `cells.map`: in a test runner's sandbox the driver's arrays are of another realm, and
    // strict comparisons would find them different.
    const rows = Array.from(cells, (row) => ({
      sid: String(row['sid']),
      sess: this.adapter.json.decode(row['sess']),
      expired: expiryCodec(this.adapter, table).decode(row['expired']),
    }))
    return rows.sort((one, other) => (one.sid < other.sid ? -1 : 1))
  }

  /** Writes rows by the adapter's upsert, past the store, as many at once as it takes. */
  async write(rows: readonly SessionRow[], table: SessionTable = this.table): Promise<void> {
    const sorted = [...rows].sort((one, other) => (one.sid < other.sid ? -1 : 1))
    const most = this.adapter.limits.rows
    for (let start = 0; start < sorted.length; start += most) {
      await this.run(this.adapter.upsert(table, sorted.slice(start, start + most)))
    }
  }

  /** The time on the clock moved by `ms`, as adapters take it. */
  at(ms: number): SessionRow['expired'] {
    return toEpochMs(this.clock.now() + ms)
  }

  /** Closes the stores, drops the tables and destroys the knex instances that the law used. */
  async end(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()))
    for (const table of this.#tables) {
      try {
        await this.dropTable(table)
      } catch (error) {
        if (await this.#isThere(table)) throw error
      }
    }
    await Promise.all(this.#opened.map((knex) => knex.destroy()))
  }

  async #isThere(table: SessionTable): Promise<boolean> {
    const query = this.knex
      .from(this.knex.raw(qualifiedName(this.adapter, table)) as unknown as string)
      .count({ count: '*' })
    return query.then(
      () => true,
      () => false,
    )
  }

  async #select(
    table: SessionTable,
    condition: string,
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { adapter, knex } = this
    const columns = table.columns.map((column) => {
      return knex.raw(
        `${selectColumn(adapter, column)} as ${adapter.quoteIdentifier(column.field)}`,
      )
    })
    const from = knex.raw(qualifiedName(adapter, table)) as unknown as string
    const cells: unknown = await knex.from(from).select(columns).whereRaw(condition)
    assert.ok(Array.isArray(cells), 'knex gave no array of rows')
    return cells as readonly Readonly<Record<string, unknown>>[]
  }
}

/** The names of a table's columns, as the option `columns` takes them. */
function namesOf({ columns }: SessionTable): ColumnNames {
  return Object.fromEntries(
    columns.map(({ field, name, form }) => [field, form ? { name, type: form } : name]),
  )
}

/** A name that nobody else uses, 13 characters long for a prefix of 4. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(4).toString('hex')}`
}
