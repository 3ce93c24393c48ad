import type { Statement } from './queries.js'

/** What a driver may use to cancel a statement. */
export interface CancelMeans {
  /** Aborted when the time for it is over; nothing that was opened for it may stay open then. */
  readonly signal: AbortSignal
  /**
   * What the driver makes the connections of the pool with: the settings in knex's `connection`, or
   * the options of the application's own pool.
   */
  readonly settings: Readonly<Record<string, unknown>>
  /**
   * Lends another connection of the pool until `use` settles, for when the server has no room for
   * one more.
   */
  readonly controlConnection: (use: (connection: unknown) => Promise<void>) => Promise<void>
}

/** What the server does for one connection, which may go on when the connection is lost. */
export interface Backend {
  /** Whether the connection is closed on this side; the server need not know. */
  isLost(): boolean
  /**
   * Makes sure, by another connection of the pool, that nothing more is done for this one on the
   * server: neither what it does now nor what is still on the way to it. Must never end what is
   * done for anybody else. Resolves when it is over, also when it was over before; rejects where
   * that cannot be brought about. `signal` is aborted when the time for it is over.
   */
  kill(by: unknown, signal: AbortSignal): Promise<void>
}

/** What the adapter does by the driver itself. A connection is what knex's pool holds. */
export interface DriverAccess {
  /** Whether the connection is of the driver meant here; knex does it all for any other. */
  accepts(connection: unknown): boolean
  /**
   * Options of every statement, for `.options(…)` of knex, whatever the driver; clients of drivers
   * that do not know one must ignore it.
   */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /**
   * What knex.raw would have resolved to, or a promise of it. Default: knex runs every statement.
   */
  run?(connection: unknown, statement: Statement): unknown
  /**
   * What the store's own client of knex has instead of the application's, as property descriptors:
   * for settings of the application that would change what is stored, and for what a client shares
   * between connections. `shared` is the application's client, also that of a transaction.
   * Everything that the store sends by knex goes by its own client; connections come from the
   * application's.
   */
  ownClient?(shared: object): PropertyDescriptorMap
  /**
   * Rolls back what a failed statement left open on a connection, before anybody else gets it: for
   * servers that undo the statement alone, and keep its transaction with the locks that others wait
   * for. Called after every failure, never on the connection of a transaction of the application's.
   * `error` is what the driver threw. Where it rejects, the connection is dropped. Default: nothing
   * is left open.
   */
  rollback?(connection: unknown, error?: unknown): Promise<void>
  /**
   * Has the server cancel the statement that the connection waits for: one that took too long could
   * undo later what is written meanwhile. Called also for statements that knex runs. Resolves when
   * the server has been told, and rejects when it could not be. Default, and where it gives
   * `undefined`: what knex does, if it can, by one more connection.
   */
  cancelQuery?(connection: unknown, means: CancelMeans): Promise<void> | undefined
  /**
   * Finds out, once for each connection and before the first write on it, how to tell what the
   * server does for it from anything else. Gives `undefined` where that cannot be told. Does not
   * reject. Default: it cannot. Then a write that was under way when its connection was lost may
   * take effect after it was sent again.
   */
  identifyBackend?(connection: unknown): Promise<Backend | undefined>
  /**
   * Ends a connection at once, whatever it is doing: a statement on it took too long and could not
   * be cancelled.
   */
  destroy(connection: unknown): void
}
