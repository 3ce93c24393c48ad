import type { SessionData } from 'express-session'
import type { EpochMs, SessionRow } from '../dialect/index.js'
import { Change } from '../session/conflicts/change.js'
import { mergeBy, type MergeOptions } from '../session/conflicts/merge.js'
import { limitCookie, withinLife } from '../session/expiry.js'
import { isOfRequest, loadedOf, LoadedSessions, plainSid, type Loaded } from '../session/loaded.js'
import { checkSession, readPayload, writePayload, type StoredSession } from '../session/payload.js'
import { andThen, type Eventual } from '../session/promises.js'
import { expiryRowOf, isOver, rowOf, type WrittenRow } from '../session/rows.js'
import { invalidSid } from '../session/sid.js'
import type { RowWrite } from '../session/writes.js'
import { inContext, type Callback } from './callback.js'
import type { Dispatcher } from './dispatcher.js'
import type { ResolvedOptions } from './options/options.js'
import type { HowToWrite, StoredRows } from './stored-rows.js'

/** What {@link SessionCalls} need of the store. */
export interface SessionCallsOptions extends MergeOptions, Pick<ResolvedOptions, 'touchInterval'> {
  /** A write came for a session that had been ended meanwhile, and changed nothing. */
  readonly onLateWrite: () => void
  /** A row was written that was not known to be of its user; its call waits for this. */
  readonly onLogIn:
    ((userId: string, row: WrittenRow, deadline: number) => Promise<void>) | undefined
}

/** A row that a call stores under the id of its session. */
interface RowToStore extends Omit<HowToWrite, 'ready' | 'sid'> {
  readonly sid: string
  readonly row: SessionRow
  /** Resolves when the row has its text, where it takes a while. */
  readonly ready: Promise<string> | undefined
  /** How long the session may live, where the row that is there says since when. */
  readonly life?: number | undefined
}

/**
 * What express-session's calls mean: which row a session becomes, and whether the call may make
 * one. A session that a request loaded is only ever written over the row that it was loaded from,
 * so that no late write brings back a session that was ended.
 */
export class SessionCalls {
  readonly #calls: Dispatcher
  readonly #rows: StoredRows
  readonly #options: SessionCallsOptions
  readonly #loaded = new LoadedSessions()

  constructor(calls: Dispatcher, rows: StoredRows, options: SessionCallsOptions) {
    this.#calls = calls
    this.#rows = rows
    this.#options = options
  }

  /** Hands out the session, or `null`. */
  get(sid: string, done: Callback<SessionData | null>): void {
    if (this.#rows.ids.problem(sid) !== undefined) {
      done(null, null)
      return
    }
    const { place } = this.#loaded
    const { deadline } = this.#calls
    this.#rows.read(sid, deadline, (error, stored) => {
      if (error !== null) done(error)
      else if (!stored) done(null, null)
      else this.#handOut(this.#rows.ids.of(sid), stored, { place, deadline }, done)
    })
  }

  /** express-session has made a session of what {@link get} handed out. */
  made(session: SessionData, data: object): void {
    const ends = this.#loaded.handOn(data, session)?.ends
    if (ends !== undefined) limitCookie(session.cookie, ends - this.#options.now())
  }

  /** When the session was created that an object was made of or stored as, where that is known. */
  createdAt(session: object): EpochMs | undefined {
    return this.#loaded.of(session)?.createdAt
  }

  /** Stores a session as it is now. */
  set(sid: string, session: SessionData, done: Callback<void>): void {
    const { deadline } = this.#calls
    const { id, loaded, problem } = this.#rowOf(sid, session)
    if (problem !== undefined) throw invalidSid(problem)
    checkSession(session)
    const { now, serializer } = this.#options
    const { row, life } = rowOf(session, { sid: id, at: now(), loaded }, this.#options)
    const sess = writePayload(session, serializer, { sid: id })
    let ready: Promise<string> | undefined
    if (sess instanceof Promise) ready = sess.then((text) => (row.sess = text))
    else row.sess = sess
    this.#store(session, loaded, { row, ready, sid, life, deadline }, done)
  }

  /** Moves the expiry of a session. */
  touch(sid: string, session: SessionData, done: Callback<void>): void {
    const { id, loaded, problem } = this.#rowOf(sid, session)
    if (problem !== undefined) {
      done(null)
      return
    }
    checkSession(session)
    const at = this.#options.now()
    const { row, life } = expiryRowOf(session, { sid: id, at, loaded }, this.#options)
    const { userId, expired } = row
    const { touchInterval } = this.#options
    if (loaded && !userId && this.#loaded.movesLittle(loaded, expired, at, touchInterval))
      done(null)
    else {
      const how = { ready: undefined, sid: plainSid(loaded, sid), deadline: this.#calls.deadline }
      this.#write({ kind: 'touch', row, at, life }, loaded, how, (error) => {
        if (error === null) this.#answer(loaded, { userId }, how.deadline, done)
        else done(error)
      })
    }
  }

  /**
   * Removes sessions; `done` hears how many when all calls have ended, or what failed first.
   * `areListed`: whether the ids may be such as lists of the table give.
   */
  destroy(sids: readonly string[], areListed: boolean, done: Callback<number>): void {
    const possible = sids.filter(
      (sid) =>
        this.#rows.ids.problem(sid) === undefined || (areListed && this.#rows.ids.isStored(sid)),
    )
    this.#rows.destroy(possible, { areFound: false, deadline: this.#calls.deadline }, done)
  }

  /** For a read that is called now: see {@link LoadedSessions.place}. */
  get place(): number {
    return this.#loaded.place
  }

  /**
   * The session of a row that has this id, `null` where its life is over, whatever the row says;
   * throws an error with code `ERR_UNREADABLE_SESSION`, or about the option `absoluteTtl`, or
   * rejects with it.
   */
  load(sid: string, stored: StoredSession, place: number): Eventual<SessionData | null> {
    const id = this.#rows.ids.ofFound(sid)
    const isPlain = id !== sid || stored.isPlain === true
    const loaded = loadedOf({ sid: id, isPlain, place }, stored)
    return andThen(readPayload(stored, this.#options.serializer, { sid }), (session) => {
      this.#loaded.keep(session, loaded)
      return isOver(session, loaded, this.#options) ? null : session
    })
  }

  #handOut(
    id: string,
    stored: StoredSession,
    { place, deadline }: { readonly place: number; readonly deadline: number },
    done: Callback<SessionData | null>,
  ): void {
    let session: Eventual<SessionData | null>
    try {
      session = this.load(id, stored, place)
    } catch (error) {
      done(error)
      return
    }
    if (session instanceof Promise)
      this.#calls.inTime(session, 'reads', deadline).then((later) => done(null, later), done)
    else done(null, session)
  }

  /** The id in the table of a session, what the object was loaded from, and why there is none. */
  #rowOf(sid: string, session: object) {
    // A list of the table gave both.
    const listed = this.#loaded.of(session, sid)
    if (listed) return { id: sid, loaded: listed, problem: undefined }
    const problem = this.#rows.ids.problem(sid)
    const id = problem === undefined ? this.#rows.ids.of(sid) : sid
    return { id, loaded: id === sid ? undefined : this.#loaded.of(session, id), problem }
  }

  /**
   * A request's session goes over the row that it was loaded from; one that is gone was ended. A new
   * one must be the first with its id, and a further write waits until it is known whether it is.
   * What others store is written in any case.
   */
  #store(
    session: SessionData,
    loaded: Loaded | undefined,
    { row, life, ready, sid, deadline }: RowToStore,
    done: Callback<void>,
  ): void {
    const save = !loaded && isOfRequest(session) ? this.#loaded.save(session) : undefined
    let known = loaded
    const make = (): RowWrite => {
      if (save) known = this.#loaded.of(session, row.sid)
      if (known) return this.#over(known, save ? withinLife(row, known.createdAt, life) : row)
      return { kind: save && this.#loaded.isNew(session) ? 'insert' : 'set', row, life }
    }
    const made = (save?.before ?? ready) && Promise.all([save?.before, ready]).then(make)
    const { place } = this.#loaded
    const write = made ? ({ kind: 'set', row } as const) : make()
    // Nothing can be under the plain id of a session that nobody has stored.
    const isNew = save !== undefined && this.#loaded.isNew(session)
    const how = { ready: made, sid: isNew ? undefined : plainSid(loaded, sid), deadline }
    this.#write(write, loaded, how, (error, updated) => {
      if (error === null && save && !known) this.#loaded.stored(session, place, row)
      save?.ended(error)
      const isLate = error === null && known && updated === 0
      if (isLate) this.#options.onLateWrite()
      if (error !== null || isLate) done(error)
      else this.#answer(known, row, deadline, done)
    })
  }

  #over(loaded: Loaded, row: SessionRow): RowWrite {
    const { versions } = loaded
    const merge = versions && mergeBy(loaded, this.#options)
    const change = versions && new Change(versions, merge && inContext(merge))
    return { kind: 'update', row, change }
  }

  /** Answers a write of a session that is of a user now; `known` says whose it was, if anything. */
  #answer(
    known: Loaded | undefined,
    row: WrittenRow,
    deadline: number,
    done: Callback<void>,
  ): void {
    const { onLogIn } = this.#options
    const { userId } = row
    const former = known?.userId
    if (known && userId !== undefined) known.userId = userId
    if (!onLogIn || typeof userId !== 'string' || userId === former) done(null)
    else onLogIn(userId, row, deadline).then(() => done(null), done)
  }

  #write(
    write: RowWrite,
    loaded: Loaded | undefined,
    how: HowToWrite,
    done: Callback<number>,
  ): void {
    const { expired } = write.row
    const mayEndSooner = write.kind !== 'insert' && !(loaded && expired >= loaded.expired)
    if (mayEndSooner) this.#loaded.endsSooner()
    const { place } = this.#loaded
    this.#rows.write(write, how, (error, result) => {
      if (mayEndSooner) this.#loaded.endsSooner()
      if (error === null && loaded) Object.assign(loaded, { expired, place })
      done(error, result)
    })
  }
}
