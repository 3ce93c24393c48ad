import { Session, type SessionData } from 'express-session'
import type { EpochMs, SessionRow } from '../dialect/index.js'
import { expiryOf } from '../session/expiry.js'
import { LoadedSessions, type Loaded } from '../session/loaded.js'
import { checkSession, readPayload, writePayload, type StoredSession } from '../session/payload.js'
import { invalidSid, sidProblem } from '../session/sid.js'
import { userIdIn } from '../session/user.js'
import type { SessionWrite } from '../session/writes.js'
import type { Callback } from './callback.js'
import type { Dispatcher } from './dispatcher.js'
import type { ResolvedOptions } from './options/options.js'

/** What {@link SessionCalls} need of the store. */
export interface SessionCallsOptions extends Pick<
  ResolvedOptions,
  'serializer' | 'ttl' | 'touchInterval' | 'userId'
> {
  readonly now: () => EpochMs
  /** A write came for a session that had been ended meanwhile, and changed nothing. */
  readonly onLateWrite: () => void
  /**
   * A session was written that was not known to be of this user; its call is answered when this has
   * ended.
   */
  readonly onLogIn: ((userId: string) => Promise<void>) | undefined
}

/**
 * What express-session's calls mean: which row a session becomes, and whether the call may make
 * one. A session that a request loaded is only ever written over the row that it was loaded from,
 * so that no late write brings back a session that was ended.
 */
export class SessionCalls {
  readonly #calls: Dispatcher
  readonly #options: SessionCallsOptions
  readonly #loaded = new LoadedSessions()

  constructor(calls: Dispatcher, options: SessionCallsOptions) {
    this.#calls = calls
    this.#options = options
  }

  /** Hands out the session, or `null`. */
  get(sid: string, done: Callback<SessionData | null>): void {
    if (problemOf(sid) !== undefined) {
      done(null, null)
      return
    }
    const { place } = this.#loaded
    this.#calls.read(sid, (error, stored) => {
      if (error !== null) done(error)
      else if (!stored) done(null, null)
      else this.#handOut({ sid, expired: stored.expired, place, ...ofUser(stored) }, stored, done)
    })
  }

  /** express-session has made a session of what {@link get} handed out. */
  made(session: object, data: object): void {
    this.#loaded.handOn(data, session)
  }

  /** Stores a session as it is now. */
  set(sid: string, session: SessionData, done: Callback<void>): void {
    const problem = problemOf(sid)
    if (problem !== undefined) throw invalidSid(problem)
    const sess = writePayload(session, this.#options.serializer)
    const { now, ttl, userId } = this.#options
    const at = now()
    const expired = expiryOf(session, at, ttl)
    const row = {
      sid,
      sess,
      expired,
      ...(userId && { userId: userIdIn(session, userId), createdAt: at, lastSeenAt: at }),
    }
    const loaded = this.#loaded.of(session, sid)
    if (loaded) this.#update(loaded, row, done)
    else this.#store(session, row, done)
  }

  /** Moves the expiry of a session. */
  touch(sid: string, session: SessionData, done: Callback<void>): void {
    if (problemOf(sid) !== undefined) {
      done(null)
      return
    }
    checkSession(session)
    const { now, ttl, touchInterval, userId } = this.#options
    const at = now()
    const expired = expiryOf(session, at, ttl)
    const loaded = this.#loaded.of(session, sid)
    if (loaded && this.#loaded.movesLittle(loaded, expired, at, touchInterval)) done(null)
    else
      this.#write(
        { kind: 'touch', row: { sid, expired, ...(userId && { lastSeenAt: at }) }, at },
        loaded,
        (error) => done(error),
      )
  }

  /** Removes sessions; `done` hears how many when all calls have ended, or what failed first. */
  destroy(sids: readonly string[], done: Callback<number>): void {
    const possible = sids.filter((sid) => problemOf(sid) === undefined)
    this.#calls.destroy(possible, done)
  }

  /** For a read that is called now: see {@link LoadedSessions.place}. */
  get place(): number {
    return this.#loaded.place
  }

  /** The session of a row that was read; throws an error with code `ERR_UNREADABLE_SESSION`. */
  load(loaded: Loaded, stored: StoredSession): SessionData {
    const session = readPayload(stored, this.#options.serializer)
    this.#loaded.keep(session, loaded)
    return session
  }

  #handOut(loaded: Loaded, stored: StoredSession, done: Callback<SessionData | null>): void {
    let session: SessionData
    try {
      session = this.load(loaded, stored)
    } catch (error) {
      done(error)
      return
    }
    done(null, session)
  }

  /**
   * A request's session goes over the row that it was loaded from. One that is gone was ended: it
   * is as if the write had come before that.
   */
  #update(loaded: Loaded, row: SessionRow, done: Callback<void>): void {
    const former = loaded.userId
    this.#write({ kind: 'update', row }, loaded, (error, updated) => {
      if (error === null && updated === 0) this.#options.onLateWrite()
      if (error !== null || updated === 0) done(error)
      else {
        Object.assign(loaded, ofUser(row))
        this.#answer(row, former, done)
      }
    })
  }

  /**
   * Answers a write of a session that was of the user `former`, where that is known, and is of its
   * user now.
   */
  #answer({ userId }: SessionRow, former: string | null | undefined, done: Callback<void>): void {
    const { onLogIn } = this.#options
    if (!onLogIn || typeof userId !== 'string' || userId === former) done(null)
    else onLogIn(userId).then(() => done(null), done)
  }

  /**
   * A request's new session must be the first with its id; what others store is written in any
   * case.
   */
  #store(session: SessionData, row: SessionRow, done: Callback<void>): void {
    const isOfRequest = session instanceof Session
    const kind = isOfRequest && this.#loaded.isNew(session) ? 'insert' : 'set'
    // Until the first write is answered nobody knows whether the row is there.
    if (isOfRequest) this.#loaded.keep(session)
    const { place } = this.#loaded
    this.#write({ kind, row }, undefined, (error) => {
      if (error === null && isOfRequest)
        this.#loaded.keep(session, { sid: row.sid, expired: row.expired, place, ...ofUser(row) })
      if (error === null) this.#answer(row, undefined, done)
      else done(error)
    })
  }

  #write(
    write: Exclude<SessionWrite, { kind: 'destroy' }>,
    loaded: Loaded | undefined,
    done: Callback<number>,
  ): void {
    const { expired } = write.row
    const mayEndSooner = write.kind !== 'insert' && !(loaded && expired >= loaded.expired)
    if (mayEndSooner) this.#loaded.endsSooner()
    const { place } = this.#loaded
    this.#calls.write(write, (error, result) => {
      if (mayEndSooner) this.#loaded.endsSooner()
      if (error === null && loaded) Object.assign(loaded, { expired, place })
      done(error, result)
    })
  }
}

function ofUser({ userId }: Pick<SessionRow, 'userId'>): Pick<Loaded, 'userId'> {
  return userId === undefined ? {} : { userId }
}

/**
 * Why a session id names no session that can be stored; throws a {@link SessionStoreError} when it
 * is not even a string.
 */
function problemOf(sid: unknown): string | undefined {
  if (typeof sid !== 'string') throw invalidSid('it is not a string')
  return sidProblem(sid)
}
