import createKnex, { type Knex } from 'knex'
import {
  toEpochMs,
  type Backend,
  type DialectAdapter,
  type DialectSpec,
  type DriverAccess,
  type EpochMs,
  type ErrorKind,
} from '../src/dialect/index.js'
import { defineDialect } from '../src/dialect/define.js'
import { sessionTable } from '../src/dialect/table.js'
import { StatementRunner, type StatementOptions } from '../src/statement/runner.js'
import { KnexSessionStore, type KnexSessionStoreOptions } from '../src/index.js'
import { Ticker } from '../src/time.js'

/** A connection as knex's pool holds it. */
export interface FakeConnection {
  readonly number: number
}

/** A statement as it came to the database. */
export interface Sent {
  readonly text: string
  readonly bindings: readonly unknown[]
  readonly on: FakeConnection
}

/** What a statement answers, or a promise of it; what it throws is the driver's error. */
export type Answer = (sent: Sent) => unknown

/** An error as the driver of the fake database throws it. */
export function driverError(kind: ErrorKind): Error {
  return Object.assign(new Error(`the statement failed: ${kind}`), { kind })
}

/** What the adapter of the fake database says of its errors. */
function kindOf(error: unknown): ErrorKind {
  return (error as { kind?: ErrorKind } | undefined)?.kind ?? 'other'
}

const number = (cell: unknown): EpochMs => toEpochMs(Number(cell))

/** As many placeholders as there are items. */
export function placesFor(items: readonly unknown[]): string {
  return items.map(() => '?').join(', ')
}

const plain: DialectSpec = {
  name: 'fake',
  clients: ['fake'],
  quoteIdentifier: (name) => name,
  createTable: () => [{ sql: 'create', bindings: [] }],
  upsert: (_, rows) => ({ sql: `upsert ${placesFor(rows)}`, bindings: rows.map(({ sid }) => sid) }),
  json: { encode: (text) => text, decode: String },
  timestamp: { encode: (at) => at, decode: number },
  classify: kindOf,
}

/** An adapter of the fake database, with what a test changes of it. */
export function fakeAdapter(parts: Partial<DialectSpec> = {}): DialectAdapter {
  return defineDialect({ ...plain, ...parts })
}

/** A driver that sends to the fake database itself, past knex. */
export function fakeDriver(
  database: FakeDatabase,
  parts: Partial<DriverAccess> = {},
): DriverAccess {
  return {
    accepts: () => true,
    run: (connection, { sql, bindings }) =>
      database.send({ text: sql, bindings, on: connection as FakeConnection }),
    destroy: () => undefined,
    ...parts,
  }
}

/** What the server does for a connection: nothing. */
export function fakeBackend(parts: Partial<Backend> = {}): Backend {
  return { isLost: () => false, kill: () => Promise.resolve(), ...parts }
}

/** The text of a statement with its values. */
function filled({ text, bindings }: Sent): string {
  const values = [...bindings]
  return text.replaceAll('?', () => String(values.shift()))
}

const databases: FakeDatabase[] = []

// Else the timers of their pools go on.
afterEach(() => {
  for (const { knex } of databases.splice(0)) void knex.destroy()
})

/**
 * A database that is made of the test's answers, behind the pool, the query builder and the
 * transactions of a real knex.
 */
export class FakeDatabase {
  readonly sent: Sent[] = []
  /** The connections that knex has closed. */
  readonly closed: FakeConnection[] = []
  /** What statements answer; without one, nothing was found and nothing changed. */
  answer: Answer = () => undefined
  readonly knex: Knex
  readonly #config: Knex.Config
  #connections = 0

  constructor({ connections = 4 } = {}) {
    this.#config = {
      client: clientOf(this),
      connection: { host: 'nowhere' },
      pool: { min: 0, max: connections },
      log: { warn: () => undefined },
    }
    this.knex = createKnex(this.#config)
    databases.push(this)
  }

  /** What was sent, with its values, but for looks whether the table is there. */
  get texts(): readonly string[] {
    return this.sent.map(filled).filter((text) => !text.endsWith('where 1 = 0'))
  }

  open(): FakeConnection {
    return { number: ++this.#connections }
  }

  close(connection: FakeConnection): void {
    this.closed.push(connection)
  }

  /** Takes a statement; gives what the driver gives. */
  async send(sent: Sent): Promise<unknown> {
    this.sent.push(sent)
    return (await this.answer(sent)) ?? []
  }

  /** Sends statements to it, as a store does. */
  runner(
    adapter: DialectAdapter = fakeAdapter(),
    options: Partial<StatementOptions> = {},
    knex = this.knex,
  ): StatementRunner {
    const all = { timeout: 1_000, preparedStatements: true, ...options }
    return new StatementRunner(knex, adapter, sessionTable(), all, new Ticker(all.timeout))
  }

  /** A store on it that does not prune by itself. */
  store(options: KnexSessionStoreOptions = {}): KnexSessionStore {
    return new KnexSessionStore({
      knex: this.knex,
      dialect: fakeAdapter(),
      cleanupInterval: 0,
      ...options,
    })
  }

  /** A store that opens and closes the database by itself. */
  embeddedStore(): KnexSessionStore {
    return new KnexSessionStore({
      dialect: fakeAdapter({ server: { embedded: () => ({ ...this.#config }) } }),
      cleanupInterval: 0,
    })
  }
}

/** knex makes its client by itself, of a class. */
function clientOf(database: FakeDatabase): typeof Knex.Client {
  return class extends createKnex.Client {
    static {
      // knex reads them before a field of the class is there.
      Object.assign(this.prototype, { driverName: 'fake', dialect: 'fake' })
    }

    _driver(): object {
      return {}
    }

    override acquireRawConnection(): Promise<FakeConnection> {
      return Promise.resolve(database.open())
    }

    override destroyRawConnection(connection: FakeConnection): Promise<void> {
      database.close(connection)
      return Promise.resolve()
    }

    async _query(
      on: FakeConnection,
      query: { sql: string; bindings?: readonly unknown[]; response?: unknown },
    ): Promise<unknown> {
      query.response = await database.send({ text: query.sql, bindings: query.bindings ?? [], on })
      return query
    }

    processResponse(query: { response?: unknown }): unknown {
      return query.response
    }
  }
}
