import type { SessionData } from 'express-session'
import type { EpochMs } from '../dialect/index.js'
import { invalidOption, SessionStoreError } from '../errors.js'
import { readPayload, type Serializer } from '../session/payload.js'
import { andThen, readable } from '../session/promises.js'
import type { WrittenRow } from '../session/rows.js'
import {
  handleOf,
  textOf,
  userIdIn,
  userIdProblem,
  type EndedSession,
  type SessionInfo,
  type SessionsOfUser,
  type UserIdOf,
} from '../session/user.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { countSessions, sessionsOfUser, sidsOfUser } from '../table/lists.js'
import { realTime } from '../time.js'
import { answer, promised, settled, watchedCall } from './callback.js'
import type { Dispatcher } from './dispatcher.js'
import type { StoredRows } from './stored-rows.js'

/** What {@link UserSessions} need of the store. */
export interface UserSessionsOptions {
  /** Whose a session is; `undefined` where the table does not say so. */
  readonly userId: UserIdOf | undefined
  readonly serializer: Serializer
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
  readonly #limits = new Map<string, Promise<void>>()

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
        call('list', (userId, deadline) => {
          if (typeof (currentSid ?? '') !== 'string') throw noSid('list')
          return this.#list(userId, currentSid, deadline)
        }),
      count: () =>
        call('count', (userId, deadline) =>
          this.#calls.readMany(deadline, (now, workUntil) =>
            countSessions(this.#gateway, now, workUntil, userId),
          ),
        ),
      revoke: (handle: string) =>
        call('revoke', async (userId, deadline) => {
          if (typeof handle !== 'string')
            throw invalidOption('handle', '`revoke` takes a handle of `list`')
          const isMeant = (sid: string) => this.#handleOf(sid) === handle
          return (await this.#revoke(userId, isMeant, deadline)) > 0
        }),
      revokeOthers: (own: string) =>
        call('revokeOthers', (userId, deadline) => {
          const { ids } = this.#rows
          if (typeof own !== 'string' || ids.problem(own) !== undefined) throw noSid('revokeOthers')
          const kept = ids.of(own)
          return this.#revoke(userId, (sid) => ids.ofFound(sid) !== kept, deadline)
        }),
      revokeAll: () =>
        call('revokeAll', (userId, deadline) => this.#revoke(userId, () => true, deadline)),
    })
  }

  /**
   * Ends the oldest sessions of a user beyond so many. All who do so at once have one order, so
   * that the youngest stay whoever is last; but the row that was written stays where it is of a
   * session from before the log-in. Log-ins of one user go one after another, or two such would
   * end each other.
   */
  limit(most: number, userId: string, written: WrittenRow, deadline: number): Promise<void> {
    const run = () => this.#limit(most, userId, written, deadline)
    const turn = (this.#limits.get(userId) ?? Promise.resolve()).then(run, run)
    this.#limits.set(userId, turn)
    const forget = () => this.#limits.get(userId) === turn && this.#limits.delete(userId)
    turn.then(forget, forget)
    return turn
  }

  async #limit(
    most: number,
    userId: string,
    { sid: own, lastSeenAt }: WrittenRow,
    deadline: number,
  ): Promise<void> {
    const all = await this.#calls.readMany(deadline, (now, workUntil) =>
      sidsOfUser(this.#gateway, userId, workUntil, now),
    )
    const isFromBefore = (createdAt = -Infinity) => createdAt < (lastSeenAt ?? -Infinity)
    const mayEnd = all.filter(({ sid, createdAt }) => sid !== own || !isFromBefore(createdAt))
    const oldest = mayEnd.slice(0, Math.max(0, all.length - most)).map(({ sid }) => sid)
    await this.#end({ userId, reason: 'limit' }, oldest, deadline)
  }

  #checked(userId: unknown): string {
    if (!this.#options.userId)
      throw invalidOption('userId', 'is needed: it says whose a session is')
    const problem = userId === undefined || userId === null ? String(userId) : userIdProblem(userId)
    if (problem !== undefined)
      throw invalidOption('userId', `\`sessionsOf\` takes the id of a user, got ${problem}`)
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
    const current = currentSid == null ? undefined : ids.of(currentSid)
    const stored = await this.#calls.readMany(deadline, (now, workUntil) =>
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
    const all = await this.#calls.readMany(deadline, (_, workUntil) =>
      sidsOfUser(this.#gateway, userId, workUntil),
    )
    const sids = all.map(({ sid }) => sid).filter(isMeant)
    return this.#end({ userId, reason: 'revoked' }, sids, deadline)
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
}

function dateOf(at: EpochMs | undefined): Date | null {
  return at === undefined ? null : new Date(at)
}

function noSid(method: keyof SessionsOfUser): SessionStoreError {
  const message = `\`${method}\` takes the id of a session`
  return new SessionStoreError({ code: 'ERR_INVALID_SID', message })
}
