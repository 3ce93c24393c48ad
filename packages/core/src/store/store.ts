import { EventEmitter } from 'node:events'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { realTime } from '../time.js'
import { deliver, settled, type Callback } from './callback.js'
import type { KnexSessionStoreOptions, ResolvedOptions } from './options/options.js'
import { resolveOptions } from './options/resolve.js'
import { StoreParts, type StoreStats } from './parts.js'
import type { SessionEntry } from './session-lists.js'
import type { EndedSession, SessionsOfUser } from '../session/user.js'

/**
 * A store of sessions on any SQL database that has a dialect package. It needs no express-session:
 * for that there is `KnexSessionStore`, which is this one and what express-session asks for
 * besides. `Data` is what a session holds, its cookie included.
 *
 * Every method but `entries` takes a Node.js callback, which is called exactly once and
 * asynchronously, or returns a promise when there is none. Nothing throws synchronously but the
 * constructor. Errors are {@link SessionStoreError}s, or a `TypeError` about an option of which a
 * function gave something unusable; none holds session contents or a session id.
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
   * The options in force: defaults filled in, old names replaced, `knex` and `dialect` the ones in
   * use.
   */
  readonly options: ResolvedOptions<Data> & { readonly knex: Knex }
  readonly #parts: StoreParts
  #lateWrites = 0
  #closing: Promise<void> | undefined
  #readyTaken = false

  /**
   * Starts to look for the table, without waiting. If the store cannot work on it (a right or a
   * column is missing, for example) and nobody waits for {@link ready}, one line on the console
   * says so. Throws a `TypeError` for a wrong or unknown option, and a {@link SessionStoreError}
   * when no dialect is registered for the knex client.
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
   * Resolves when the table is there, or rejects with the reason why not. Wait for it if the
   * application should not start without its sessions. Every call waits by itself, and after a
   * failure the next call tries again.
   */
  get ready(): Promise<void> {
    this.#readyTaken = true
    return deliver(this.#parts.calls.ready(), undefined) as Promise<void>
  }

  /**
   * The session, or `null` when there is none or it has expired. Its cookie's `expires` is the
   * row's expiry.
   */
  get(sid: string): Promise<Data | null>
  get(sid: string, callback: (error: unknown, session?: Data | null) => void): void
  get(sid: string, callback?: Callback<Data | null>): Promise<Data | null> | undefined {
    return this.#parts.call('get', callback, (done) =>
      this.#parts.sessions.get(sid, done as Callback<unknown>),
    )
  }

  /**
   * Stores the session as it is at the time of the call; done when the database has committed.
   * Fails with code `ERR_INVALID_SESSION` when it cannot be serialized and `ERR_INVALID_SID` when
   * the id cannot be stored; both change nothing.
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

  /** A session object was made of what {@link get} handed out: it stands for the same row. */
  protected made(session: object, data: object): void {
    this.#parts.sessions.made(session as SessionData, data)
  }

  /**
   * Moves the expiry of a session that is there and has not expired; its contents stay. Never
   * brings a session back.
   */
  touch(sid: string, session: Data): Promise<void>
  touch(sid: string, session: Data, callback?: (error?: unknown) => void): void
  touch(sid: string, session: object, callback?: Callback<void>): Promise<void> | undefined {
    return this.#parts.call('touch', callback, (done) =>
      this.#parts.sessions.touch(sid, session as SessionData, done),
    )
  }

  /**
   * Removes a session, or several; the result is the number of rows removed. Several are as many
   * calls, made in one go: each keeps its place among the writes of its session and counts for
   * `maxQueue`. Where some fail, so does this, when all have ended.
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
   * Every live session that can be read. One that cannot, of which `get` would fail with code
   * `ERR_UNREADABLE_SESSION`, is left out; where none can, as with another `serializer` than wrote
   * them, this fails in the same way.
   */
  all(): Promise<Data[]>
  all(callback: (error: unknown, sessions?: Data[]) => void): void
  all(callback?: Callback<Data[]>): Promise<Data[]> | undefined {
    const sessions = this.#parts.lists.all() as Promise<object[]> as Promise<Data[]>
    return this.#parts.call('all', callback, settled(sessions))
  }

  /**
   * Goes through the live sessions, of which it holds a page at a time:
   * `for await (const { sid, session, expires } of store.entries())`. Each page is a call of its
   * own, with its `timeout`. What is set or ended meanwhile may or may not come; every other
   * session comes once, in an order of the database's. One that cannot be read is left out, as by
   * {@link all}; where none can, the last step fails in the same way.
   */
  entries(): AsyncIterableIterator<SessionEntry<Data>> {
    const entries: AsyncIterableIterator<SessionEntry<object>> = this.#parts.lists.entries()
    return entries as AsyncIterableIterator<SessionEntry<Data>>
  }

  /**
   * The ids of all live sessions, also of those that cannot be read. For very many there is
   * {@link entries}.
   */
  ids(): Promise<string[]>
  ids(callback: (error: unknown, sids?: string[]) => void): void
  ids(callback?: Callback<string[]>): Promise<string[]> | undefined {
    return this.#parts.call('ids', callback, settled(this.#parts.lists.ids()))
  }

  /**
   * The live sessions of a user, to list and to end them: needs the option `userId`. Nothing is
   * asked of the database before one of its methods is called. Those it ends, and those that
   * `maxSessionsPerUser` ends, are told by the event `ended`, as an {@link EndedSession}.
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
   * Removes every session, after the writes called before it and before those called after; the
   * result is the number of rows removed.
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
   * Stops the prune timer, lets every call that was made end, and closes the database if the store
   * opened it. Calls made later fail with code `ERR_CLOSED`, and so do those that have not ended
   * after the option `timeout`, or after 10 s where that is 0. May be called more than once.
   */
  close(): Promise<void>
  close(callback: (error?: unknown) => void): void
  close(callback?: Callback<void>): Promise<void> | undefined {
    return deliver((this.#closing ??= this.#parts.close()), callback)
  }

  /**
   * How many writes of this store came for a session that had been ended since their request loaded
   * it. They were answered without an error, as if they had come just before the end, and changed
   * nothing. Each also emits the event `lateWrite`.
   */
  get lateWrites(): number {
    return this.#lateWrites
  }

  /** What the store does now, and has done since it was made. */
  stats(): StoreStats {
    return { ...this.#parts.calls.stats, lateWrites: this.#lateWrites }
  }

  /** The timer of the next prune, where `cleanupInterval` is not 0. */
  protected get pruneTimer(): NodeJS.Timeout | undefined {
    return this.#parts.pruner.timer
  }
}
