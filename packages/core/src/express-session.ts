import { Store, type Session, type SessionData } from 'express-session'
import { SessionStore } from './standalone.js'

type Request = Parameters<Store['createSession']>[0]

/**
 * A session store for express-session on any SQL database that has a dialect package. `Data` is
 * what a session holds: what the application declares by `declare module 'express-session'`, or a
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
export class KnexSessionStore<Data extends SessionData = SessionData> extends SessionStore<Data> {
  static {
    // A `Store` of express-session's for whoever asks by `instanceof`; that is an EventEmitter too.
    Object.setPrototypeOf(SessionStore.prototype, Store.prototype)
  }

  /**
   * Makes the session of a request; express-session calls it with what {@link get} handed out. What
   * is written of it later goes over the row that is there, and brings back none that was ended.
   */
  createSession(req: Request, data: Data): Session & Data {
    const session = Store.prototype.createSession.call(this, req, data)
    this.made(session, data)
    return session as Session & Data
  }

  /** The session of an id, made as for a request; `undefined` where there is none. */
  load(sid: string, callback: (error: unknown, session?: Session & Data) => void): void {
    Store.prototype.load.call(this, sid, callback as Parameters<Store['load']>[1])
  }

  /** Ends the session of a request and gives it a new one, with a new id. */
  regenerate(req: Request, callback: (error?: unknown) => void): void {
    Store.prototype.regenerate.call(this, req, callback)
  }
}
