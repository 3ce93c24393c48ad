import type { SessionData } from 'express-session'
import type { EpochMs } from '../dialect/index.js'
import { invalidOption, SessionStoreError } from '../errors.js'
import { readPayload, type Serializer } from '../session/payload.js'
import { andThen, readable } from '../session/promises.js'
import { handleOf, textOf, userIdIn, userIdProblem, type UserIdOf } from '../session/user.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { countSessions, sessionsOfUser, sidsOfUser } from '../table/lists.js'
import { realTime } from '../time.js'
import { answer, promised, settled, watchedCall } from './callback.js'
import type { Dispatcher } from './dispatcher.js'
import type { StoredRows } from './stored-rows.js'

/**
 * A session of a user, for a page that shows where the user is logged in. It holds no session id.
 */
export interface SessionInfo<Data extends object = SessionData> {
  /** Stands for the session: `revoke` takes it. */
  readonly handle: string
  /** When the session was made; `null` for one that is older than the column `created_at`. */
  readonly createdAt: Date | null
  /**
   * When it was last written or touched, which may be `touchInterval` ago; `null` for one that has
   * not been since the column was added.
   */
  readonly lastSeenAt: Date | null
  readonly expires: Date
  /** The session itself, a copy: changes to it are not stored. */
  readonly session: Data
  /** Whether it is the one whose id was given to `list`. */
  readonly current: boolean
}

/**
 * The live sessions of one user, and of nobody else. What is ended stays ended, also for requests
 * that have loaded it, and each is told by the event `ended`.
 */
export interface SessionsOfUser<Data extends object = SessionData> {
  /**
   * The sessions, the oldest first. `currentSid`: the id of the session whose entry is `current`,
   * as a rule `req.sessionID`.
   */
  list(currentSid?: string): Promise<SessionInfo<Data>[]>
  /** The number of sessions. */
  count(): Promise<number>
  /** Ends the session that a handle stands for; false where the user has none such. */
  revoke(handle: string): Promise<boolean>
  /**
   * Ends every session but the one with this id, as a rule `req.sessionID`; resolves to how many.
   */
  revokeOthers(sid: string): Promise<number>
  /** Ends every session; resolves to how many. */
  revokeAll(): Promise<number>
}

/**
 * A session that was ended by somebody else than its own request, as the event `ended` reports it.
 */
export interface EndedSession {
  /** `revoked`: by `sessionsOf`. `limit`: by `maxSessionsPerUser`. */
  readonly reason: 'revoked' | 'limit'
  /** What stands for the session in `list`. */
  readonly handle: string
  readonly userId: string
}

/** What {@link UserSessions} need of the store. */
export interface UserSessionsOptions {
  /** Whose a session is; `undefined` where the table does not say so. */
  readonly userId: UserIdOf | undefined
  readonly serializer: Serializer
  readonly now: () => EpochMs
  readonly onEnded: (ended: EndedSession) => void
}

/**
 * Looks for the sessions of users, and ends them through the queue of writes, as a log-out does.
 */
export class UserSessions {
  readonly #calls: Dispatcher
  readonly #gateway: SessionTableGateway
  readonly #rows: StoredRows
  readonly #options: UserSessionsOptions

  constructor(
    calls: Dispatcher,
    gateway: SessionTableGateway,
    rows: StoredRows,
    options: UserSessionsOptions,
  ) {
    this.#calls = calls
    this.#gateway = gateway
    this.#rows = rows
    this.#options = options
  }

  /** The sessions of one user. What is wrong with the id, its calls tell. */
  of(given: unknown): SessionsOfUser {
    const call = <Result>(
      method: keyof SessionsOfUser,
      run: (userId: string, deadline: number) => Promise<Result>,
    ) => {
      const { deadline } = this.#calls
      const outcome = (async () => run(this.#checked(given), deadline))()
      const { name } = this.#gateway.adapter
      return answer(
        undefined,
        watchedCall(`sessionsOf.${method}`, name, settled(outcome)),
      ) as Promise<Result>
    }
    return Object.freeze({
      list: (currentSid?: string) =>
        call('list', (userId, deadline) => this.#list(userId, currentSid, deadline)),
      count: () =>
        call('count', (userId, deadline) =>
          this.#read(deadline, (now, workUntil) =>
            countSessions(this.#gateway, now, workUntil, userId),
          ),
        ),
      revoke: (handle: string) =>
        call('revoke', async (userId, deadline) => {
          const isMeant = (sid: string) => this.#handleOf(sid) === handle
          return (await this.#revoke(userId, isMeant, deadline)) > 0
        }),
      revokeOthers: (own: string) =>
        call('revokeOthers', (userId, deadline) => {
          if (typeof own !== 'string') throw noSid()
          const { ids } = this.#rows
          return this.#revoke(userId, (sid) => ids.ofFound(sid) !== ids.of(own), deadline)
        }),
      revokeAll: () =>
        call('revokeAll', (userId, deadline) => this.#revoke(userId, () => true, deadline)),
    })
  }

  /**
   * Ends the oldest sessions of a user beyond so many. All who do so at once have one order, so
   * that the youngest stay whoever is last.
   */
  async limit(userId: string, most: number, deadline: number): Promise<void> {
    const sids = await this.#read(deadline, (now, workUntil) =>
      sidsOfUser(this.#gateway, userId, workUntil, now),
    )
    const oldest = sids.slice(0, Math.max(0, sids.length - most))
    await this.#end({ userId, reason: 'limit' }, oldest, deadline)
  }

  #checked(userId: unknown): string {
    if (!this.#options.userId)
      throw invalidOption('userId', 'is needed: it says whose a session is')
    const problem = userId === undefined || userId === null ? String(userId) : userIdProblem(userId)
    if (problem !== undefined)
      throw new TypeError(`[knex-session] \`sessionsOf\` takes the id of a user, got ${problem}`)
    return textOf(userId)
  }

  async #list(
    userId: string,
    currentSid: string | undefined,
    deadline: number,
  ): Promise<SessionInfo[]> {
    const { serializer, userId: userIdOf } = this.#options
    const { ids } = this.#rows
    const isOfUser = (session: SessionData) => !userIdOf || userIdIn(session, userIdOf) === userId
    const current = currentSid === undefined ? undefined : ids.of(currentSid)
    const stored = await this.#read(deadline, (now, workUntil) =>
      sessionsOfUser(this.#gateway, userId, now, workUntil),
    )
    const list = readable(
      stored.map(({ sid, createdAt, lastSeenAt, read }) => () => {
        const row = read()
        return andThen(readPayload(row, serializer, { sid }), (session) => ({
          handle: this.#handleOf(sid),
          createdAt: dateOf(createdAt),
          lastSeenAt: dateOf(lastSeenAt),
          expires: new Date(row.expired),
          session,
          current: ids.ofFound(sid) === current,
        }))
      }),
    )
    // A process without the option may have stored another user's session in the row.
    return (await this.#calls.inTime(list, 'reads', deadline)).filter((entry) =>
      isOfUser(entry.session),
    )
  }

  /** The same before and after a row has moved to its digest. */
  #handleOf(found: string): string {
    return handleOf(this.#rows.ids.ofFound(found))
  }

  async #revoke(
    userId: string,
    isMeant: (sid: string) => boolean,
    deadline: number,
  ): Promise<number> {
    // By another clock, and for a request that has loaded it, what has expired may still live.
    const sids = await this.#read(deadline, (_, workUntil) =>
      sidsOfUser(this.#gateway, userId, workUntil),
    )
    return this.#end({ userId, reason: 'revoked' }, sids.filter(isMeant), deadline)
  }

  /** Ends what can be ended, and fails when something could not. */
  #end(
    ended: Omit<EndedSession, 'handle'>,
    sids: readonly string[],
    deadline: number,
  ): Promise<number> {
    const { onEnded } = this.#options
    return promised((done) => {
      this.#rows.destroy(sids, { areFound: true, deadline }, done, (sid) => {
        realTime.nextTick(onEnded, { ...ended, handle: this.#handleOf(sid) })
      })
    })
  }

  #read<Result>(
    deadline: number,
    read: (now: EpochMs, workUntil: number) => Promise<Result>,
  ): Promise<Result> {
    return this.#calls.run('reads', deadline, (workUntil) => read(this.#options.now(), workUntil))
  }
}

function dateOf(at: EpochMs | undefined): Date | null {
  return at === undefined ? null : new Date(at)
}

function noSid(): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_INVALID_SID',
    message: '`revokeOthers` takes the id of the session to keep, a string; `revokeAll` ends all',
  })
}
