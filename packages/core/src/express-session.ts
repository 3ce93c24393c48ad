import { Store, type Session, type SessionData } from 'express-session'
import { SessionStore } from './standalone.js'
import type { KnexSessionStoreOptions } from './store/options/options.js'

// A `Store` of express-session's, which is an EventEmitter too, for whoever asks by `instanceof`.
Object.setPrototypeOf(SessionStore.prototype, Store.prototype)

/** What that makes of it, with the methods of which `Store` knows less. */
interface BothStores<Data extends SessionData> extends SessionStore<Data>, Store {
  get(sid: string): Promise<Data | null>
  get(sid: string, callback: (error: unknown, session?: Data | null) => void): void
  set(sid: string, session: Data): Promise<void>
  set(sid: string, session: Data, callback?: (error?: unknown) => void): void
  touch(sid: string, session: Data): Promise<void>
  touch(sid: string, session: Data, callback?: (error?: unknown) => void): void
  destroy(sid: string | readonly string[]): Promise<number>
  destroy(
    sid: string | readonly string[],
    callback?: (error?: unknown, removed?: number) => void,
  ): void
  all(): Promise<Data[]>
  all(callback: (error: unknown, sessions?: Data[]) => void): void
  length(): Promise<number>
  length(callback: (error: unknown, length?: number) => void): void
  clear(): Promise<number>
  clear(callback?: (error?: unknown, removed?: number) => void): void
}

const Both = SessionStore as never as new <Data extends SessionData>(
  options?: KnexSessionStoreOptions<Data>,
) => BothStores<Data>

/**
 * A session store for express-session on any SQL database that has a dialect package. `Data` is the
 * type of a session: what the application declares with `declare module 'express-session'`, or a
 * type of its own that extends `SessionData`.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-postgres'
 * import { KnexSessionStore } from '@knex-session/core'
 * import session from 'express-session'
 * import createKnex from 'knex'
 *
 * const knex = createKnex({ client: 'pg', connection: process.env['DATABASE_URL'] ?? '' })
 * const store = new KnexSessionStore({ knex })
 * export const sessions = session({ store, secret: process.env['SECRET'] ?? '', resave: false, saveUninitialized: false })
 * ```
 */
export class KnexSessionStore<Data extends SessionData = SessionData> extends Both<Data> {
  /**
   * Makes the session object of a request; express-session calls it with what {@link get} returned.
   * Later writes of this object change its row, and never bring back a session that was ended.
   */
  override createSession(req: Parameters<Store['createSession']>[0], data: Data): Session & Data {
    const session = super.createSession(req, data)
    this.made(session, data)
    return session as Session & Data
  }
}
