import type { SessionData } from 'express-session'
import type { EpochMs, SessionRow } from '../dialect/index.js'
import { Change } from '../session/conflicts/change.js'
import { mergeBy, type MergeOptions } from '../session/conflicts/merge.js'
import { limitCookie, withinLife } from '../session/expiry.js'
import { isOfRequest, plainSid, type Loaded, type LoadedSessions } from '../session/loaded.js'
import { checkSession, writePayload, type StoredSession } from '../session/payload.js'
import type { Eventual } from '../session/promises.js'
import { expiryRowOf, rowOf, type RowToWrite, type WrittenRow } from '../session/rows.js'
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
interface RowToStore extends RowToWrite<SessionRow>, Pick<HowToWrite, 'deadline'> {
  /** The id of the session, which is not that of the row where the table has digests. */
  readonly sid: string
  /** Resolves when the row has its text, where it takes a while. */
  readonly ready: Promise<string> | undefined
}

/**
 * What express-session's calls mean: which row a session becomes, and whether the call may make
 * one. A session that a request loaded is only ever written over the row that it was loaded from,
 * so that no late write brings back a session that was ended.
 */
export class SessionCalls {
  readonly #calls: Dispatcher
  readonly #rows: StoredRows
  readonly #loaded: LoadedSessions
  readonly #options: SessionCallsOptions

  constructor(
    calls: Dispatcher,
    rows: StoredRows,
    loaded: LoadedSessions,
    options: SessionCallsOptions,
  ) {
    this.#calls = calls
    this.#rows = rows
    this.#loaded = loaded
    this.#options = options
  }

  /** Hands out the session, or `null`. */
  get(sid: string, done: Callback<SessionData | null>): void {
    if (this.#rows.ids.problem(sid) !== undefined) {
      done(null, null)
      return
    }
    const { generation } = this.#loaded
    const { deadline } = this.#calls
    this.#rows.read(sid, deadline, (error, stored) => {
      if (error !== null || !stored) done(error, null)
      else this.#handOut(this.#rows.ids.of(sid), stored, { generation, deadline }, done)
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
    const found = this.#find(sid, session)
    const { loaded, problem } = found
    if (problem !== undefined) throw invalidSid(problem)
    checkSession(session)
    const { row, life } = rowOf(session, found, this.#options)
    const sess = writePayload(session, this.#options.serializer, { sid: row.sid })
    let ready: Promise<string> | undefined
    if (sess instanceof Promise) ready = sess.then((text) => (row.sess = text))
    else row.sess = sess
    const toStore = { row, life, sid, ready, deadline }
    if (loaded || !isOfRequest(session)) this.#store(loaded, toStore, done)
    else this.#storeNew(session, toStore, done)
  }

  /** Moves the expiry of a session. */
  touch(sid: string, session: SessionData, done: Callback<void>): void {
    const found = this.#find(sid, session)
    const { at, loaded, problem } = found
    if (problem !== undefined) {
      done(null)
      return
    }
    checkSession(session)
    const { touchInterval } = this.#options
    const { row, life } = expiryRowOf(session, found, this.#options)
    const { userId, expired } = row
    if (loaded && !userId && this.#loaded.movesLittle(loaded, expired, at, touchInterval))
      done(null)
    else {
      const how = { plainSid: plainSid(loaded, sid), deadline: this.#calls.deadline }
      this.#write({ kind: 'touch', row, at, life }, loaded, how, (error) => {
        if (error === null) this.#answer(loaded, { row: { userId } }, how.deadline, done)
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

  #handOut(
    id: string,
    stored: StoredSession,
    { generation, deadline }: { readonly generation: number; readonly deadline: number },
    done: Callback<SessionData | null>,
  ): void {
    let session: Eventual<SessionData | null>
    try {
      session = this.#loaded.load(stored, { sid: id, id, generation }, this.#options)
    } catch (error) {
      done(error)
      return
    }
    if (session instanceof Promise)
      this.#calls.inTime(session, 'reads', deadline).then((later) => done(null, later), done)
    else done(null, session)
  }

  /**
   * What a call writes that comes now: the id in the table, what is known of the row, and why no
   * session can have the id, if so. A row that does not say when it was created counts from now on.
   */
  #find(sid: string, session: SessionData) {
    const { absoluteTtl, now } = this.#options
    const at = now()
    const { id, loaded, problem } = this.#loaded.find(session, sid, this.#rows.ids)
    if (loaded && absoluteTtl !== undefined) loaded.createdAt ??= at
    return { sid: id, at, loaded, problem }
  }

  /** A session that was loaded goes over its row only; what others store is written in any case. */
  #store(
    loaded: Loaded | undefined,
    { row, life, sid, ready, deadline }: RowToStore,
    done: Callback<void>,
  ): void {
    const write: RowWrite = loaded ? this.#over(loaded, row) : { kind: 'set', row, life }
    const how = { ready: ready?.then(() => write), plainSid: plainSid(loaded, sid), deadline }
    this.#write(write, loaded, how, (error, updated) => {
      if (error === null) this.#answer(loaded, { row, updated }, deadline, done)
      else done(error)
    })
  }

  /**
   * A new session of a request has to be the first with its id. A further save of it waits until it
   * is known whether it is.
   */
  #storeNew(
    session: SessionData,
    { row, life, sid, ready, deadline }: RowToStore,
    done: Callback<void>,
  ): void {
    const { before, ended } = this.#loaded.save(session)
    let known: Loaded | undefined
    const make = (): RowWrite => {
      known = this.#loaded.of(session, row.sid)
      if (known) return this.#over(known, withinLife(row, known.createdAt, life))
      return { kind: this.#loaded.isNew(session) ? 'insert' : 'set', row, life }
    }
    const made = (before ?? ready) && Promise.all([before, ready]).then(make)
    const write = made ? ({ kind: 'set', row } as const) : make()
    const { generation } = this.#loaded
    // Nothing can be under the plain id of a session that nobody has stored.
    const how = { ready: made, plainSid: this.#loaded.isNew(session) ? undefined : sid, deadline }
    this.#write(write, undefined, how, (error, updated) => {
      if (error === null && !known) this.#loaded.stored(session, generation, row)
      ended(error)
      if (error === null) this.#answer(known, { row, updated }, deadline, done)
      else done(error)
    })
  }

  #over(loaded: Loaded, row: SessionRow): RowWrite {
    const { versions } = loaded
    const merge = versions && mergeBy(loaded, this.#options)
    const change = versions && new Change(versions, merge && inContext(merge))
    return { kind: 'update', row, change }
  }

  /**
   * Answers a write that succeeded. A save of what was `known` that found no row came after its end;
   * one of a session that was not known to be of its user is a log-in.
   */
  #answer(
    known: Loaded | undefined,
    { row, updated }: { readonly row: WrittenRow; readonly updated?: number | undefined },
    deadline: number,
    done: Callback<void>,
  ): void {
    const { onLateWrite, onLogIn } = this.#options
    const { userId } = row
    const former = known?.userId
    const isLate = known !== undefined && updated === 0
    if (isLate) onLateWrite()
    else if (known && userId !== undefined) known.userId = userId
    if (isLate || !onLogIn || typeof userId !== 'string' || userId === former) done(null)
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
    const { generation } = this.#loaded
    this.#rows.write(write, how, (error, result) => {
      if (mayEndSooner) this.#loaded.endsSooner()
      if (error === null && loaded) Object.assign(loaded, { expired, generation })
      done(error, result)
    })
  }
}
