import { EventEmitter } from 'node:events'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { realTime } from '../time.js'
import { answer, settled, type Callback } from './callback.js'
import type { KnexSessionStoreOptions, ResolvedOptions } from './options/options.js'
import { resolveOptions } from './options/resolve.js'
import { StoreParts, type StoreStats } from './parts.js'
import type { SessionEntry } from './session-lists.js'
import type { EndedSession, SessionsOfUser } from '../session/user.js'

/**
 * A session store on any SQL database that has a dialect package. It needs no express-session;
 * `KnexSessionStore` is this store for express-session. `Data` is the type of a session, its cookie
 * included.
 *
 * The methods that ask the database, but not `entries`, take a Node.js callback. It is called
 * exactly once and asynchronously. Without a callback they return a promise. Only the constructor
 * throws at once. Errors are {@link SessionStoreError}s, or a `TypeError` when a function among the
 * options returned something unusable. No error holds session contents or a session id.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-postgres'
 * import { SessionStore } from '@knex-session/core/standalone'
 * import createKnex from 'knex'
 *
 * interface MySession {
 *   cookie: { originalMaxAge: number | null; expires?: Date | string | null }
 *   user?: string
 * }
 *
 * const knex = createKnex({ client: 'pg', connection: process.env['DATABASE_URL'] ?? '' })
 * export const store = new SessionStore<MySession>({ knex })
 * ```
 */
export class SessionStore<Data extends object = SessionData> extends EventEmitter {
  /**
   * The options in use, with defaults filled in and old names replaced. `knex` and `dialect` are
   * the ones in use.
   */
  readonly options: ResolvedOptions<Data> & { readonly knex: Knex }
  readonly #parts: StoreParts
  #lateWrites = 0
  #closing: Promise<void> | undefined
  #readyTaken = false

  /**
   * Starts to look for the table and does not wait for it. If the store cannot work on the table (a
   * right or a column is missing, for example) and nobody waits for {@link ready}, one line on the
   * console says so. Throws a `TypeError` for a wrong or unknown option, and a
   * {@link SessionStoreError} when no dialect is registered for the knex client.
   */
  constructor(options: KnexSessionStoreOptions<Data> = {}) {
    super()
    const resolved = resolveOptions(options)
    this.#parts = new StoreParts(resolved, {
      onEnded: (ended: EndedSession) => this.emit('ended', ended),
      onLateWrite: () => {
        this.#lateWrites++
        // In a tick of its own: what a listener throws is the application's.
        realTime.nextTick(() => this.emit('lateWrite'))
      },
    })
    const { knex, dialect } = this.#parts
    this.options = Object.freeze({ ...resolved, knex, dialect }) as object as typeof this.options
    void this.#parts.start(resolved, () => this.#readyTaken || this.#closing !== undefined)
  }

  /**
   * Resolves when the table is ready, or rejects with the reason why not. Wait for it if the
   * application should not start without sessions. Every call waits for the table by itself, and
   * after a failure the next call tries again.
   */
  get ready(): Promise<void> {
    this.#readyTaken = true
    return answer(undefined, settled(this.#parts.calls.ready())) as Promise<void>
  }

  /**
   * The session, or `null` when there is none or it has expired. Its cookie's `expires` is the
   * expiry of the row.
   */
  get(sid: string): Promise<Data | null>
  get(sid: string, callback: (error: unknown, session?: Data | null) => void): void
  get(sid: string, callback?: Callback<Data | null>): Promise<Data | null> | undefined {
    return this.#parts.call('get', callback, (done) =>
      this.#parts.sessions.get(sid, done as Callback<unknown>),
    )
  }

  /**
   * Stores the session as it is at the time of the call, and ends when the database has committed.
   * Fails with code `ERR_INVALID_SESSION` when it cannot be serialized, and with `ERR_INVALID_SID`
   * when the id cannot be stored. Both change nothing.
   */
  set(sid: string, session: Data): Promise<void>
  set(sid: string, session: Data, callback?: (error?: unknown) => void): void
  set(sid: string, session: object, callback?: Callback<void>): Promise<void> | undefined {
    return this.#parts.call('set', callback, (done) =>
      this.#parts.sessions.set(sid, session as SessionData, done),
    )
  }

  /**
   * When the session of a request was created: for pages that ask for the password again after a
   * while, as `store.createdAt(req.session)`. A new id makes a new session. `undefined` for one
   * that is not stored yet, or was stored before the column `created_at` was there, and without the
   * options `absoluteTtl` and `userId`, which the column comes with.
   */
  createdAt(session: object): Date | undefined {
    const at = this.#parts.sessions.createdAt(session)
    return at === undefined ? undefined : new Date(at)
  }

  /** A session object was made of what {@link get} returned: it stands for the same row. */
  protected made(session: object, data: object): void {
    this.#parts.sessions.made(session as SessionData, data)
  }

  /**
   * Moves the expiry of a session that exists and has not expired. Its contents stay, and a session
   * that was ended stays ended.
   */
  touch(sid: string, session: Data): Promise<void>
  touch(sid: string, session: Data, callback?: (error?: unknown) => void): void
  touch(sid: string, session: object, callback?: Callback<void>): Promise<void> | undefined {
    return this.#parts.call('touch', callback, (done) =>
      this.#parts.sessions.touch(sid, session as SessionData, done),
    )
  }

  /**
   * Removes one session or several; the result is the number of rows removed. Several count as that
   * many calls: each keeps its place among the writes of its session and counts for `maxQueue`. If
   * some fail, this call fails when all have ended.
   */
  destroy(sid: string | readonly string[]): Promise<number>
  destroy(
    sid: string | readonly string[],
    callback?: (error?: unknown, removed?: number) => void,
  ): void
  destroy(
    sid: string | readonly string[],
    callback?: Callback<number>,
  ): Promise<number> | undefined {
    return this.#parts.call('destroy', callback, (done) =>
      this.#parts.sessions.destroy(Array.isArray(sid) ? sid : [sid], Array.isArray(sid), done),
    )
  }

  /**
   * Every live session that can be read. One for which `get` would fail with code
   * `ERR_UNREADABLE_SESSION` is left out. If none can be read, as with another `serializer` than
   * wrote them, this fails with that code.
   */
  all(): Promise<Data[]>
  all(callback: (error: unknown, sessions?: Data[]) => void): void
  all(callback?: Callback<Data[]>): Promise<Data[]> | undefined {
    const sessions = this.#parts.lists.all() as Promise<object[]> as Promise<Data[]>
    return this.#parts.call('all', callback, settled(sessions))
  }

  /**
   * Goes through the live sessions, a page at a time:
   * `for await (const { sid, session, expires } of store.entries())`. Each page is a call with its
   * own `timeout`. What is set or ended meanwhile may come or not; every other session comes once.
   * One that cannot be read is left out, as by {@link all}; if none can be read, the last step
   * fails.
   */
  entries(): AsyncIterableIterator<SessionEntry<Data>> {
    const entries: AsyncIterableIterator<SessionEntry<object>> = this.#parts.lists.entries()
    return entries as AsyncIterableIterator<SessionEntry<Data>>
  }

  /**
   * The ids of all live sessions, also of those that cannot be read. For very many sessions use
   * {@link entries}.
   */
  ids(): Promise<string[]>
  ids(callback: (error: unknown, sids?: string[]) => void): void
  ids(callback?: Callback<string[]>): Promise<string[]> | undefined {
    return this.#parts.call('ids', callback, settled(this.#parts.lists.ids()))
  }

  /**
   * The live sessions of a user, to list and to end them. Needs the option `userId`. The database
   * is asked when one of its methods is called. Every session that they end, or
   * `maxSessionsPerUser` ends, is reported by the event `ended` as an {@link EndedSession}.
   */
  sessionsOf(userId: string | number): SessionsOfUser<Data> {
    const sessions: SessionsOfUser<object> = this.#parts.users.of(userId)
    return sessions as SessionsOfUser<Data>
  }

  /** The number of live sessions. */
  length(): Promise<number>
  length(callback: (error: unknown, length?: number) => void): void
  length(callback?: Callback<number>): Promise<number> | undefined {
    return this.#parts.call('length', callback, settled(this.#parts.lists.count()))
  }

  /**
   * Removes every session; the result is the number of rows removed. Writes called before it come
   * before it, later ones after it.
   */
  clear(): Promise<number>
  clear(callback?: (error?: unknown, removed?: number) => void): void
  clear(callback?: Callback<number>): Promise<number> | undefined {
    return this.#parts.call('clear', callback, settled(this.#parts.calls.clear()))
  }

  /** Removes expired sessions, in chunks; the result is the number of rows removed. */
  prune(): Promise<number>
  prune(callback: (error?: unknown, removed?: number) => void): void
  prune(callback?: Callback<number>): Promise<number> | undefined {
    return this.#parts.call('prune', callback, settled(this.#parts.pruner.prune()))
  }

  /**
   * Stops the prune timer, waits for the calls that were made, and closes the database if the store
   * opened it. Later calls fail with code `ERR_CLOSED`. So do those that have not ended after the
   * option `timeout`, or after 10 s if that is 0. May be called more than once.
   */
  close(): Promise<void>
  close(callback: (error?: unknown) => void): void
  close(callback?: Callback<void>): Promise<void> | undefined {
    return answer(callback, settled((this.#closing ??= this.#parts.close())))
  }

  /**
   * How many writes came for a session that was ended after their request had loaded it. They
   * changed nothing, and were answered without an error, as if they had come just before the end.
   * Each also emits the event `lateWrite`.
   */
  get lateWrites(): number {
    return this.#lateWrites
  }

  /** What the store is doing now, and has done since it was made. */
  stats(): StoreStats {
    return { ...this.#parts.calls.stats, lateWrites: this.#lateWrites }
  }

  /** For subclasses: the timer of the next prune; `undefined` if `cleanupInterval` is 0. */
  protected get pruneTimer(): NodeJS.Timeout | undefined {
    return this.#parts.pruner.timer
  }
}
