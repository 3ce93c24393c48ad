import type { SessionData } from 'express-session'
import type { EpochMs } from '../dialect/index.js'
import type { SessionStoreError } from '../errors.js'
import { ownHalf, type Versions } from './conflicts/change.js'
import { lastEndOf, type Ttl } from './expiry.js'
import { readPayload, showExpiry, type Serializer, type StoredSession } from './payload.js'
import { andThen, type Eventual } from './promises.js'
import type { StoredIds } from './stored-id.js'

/** What is known of the row that a session object stands for. */
export interface Loaded {
  /** The id that is asked for in the table. */
  readonly sid: string
  /** Whether the row was found under the plain id, where digests are asked for. */
  readonly isPlain?: boolean
  /** When the row ends, as the last read or write by this object left it. */
  expired: EpochMs
  /** The {@link LoadedSessions.generation} in which this was read or written. */
  generation: number
  /** Whose session it is, where the table says so. */
  userId?: string | null
  /**
   * When it was created, where the table says; else, where that bounds its life, when it was first
   * written.
   */
  createdAt?: EpochMs | undefined
  /** When its life was over at the latest when it was loaded, where that is bounded. */
  ends?: EpochMs
  /** What is known of its versions, where the table has them. */
  versions?: Versions
}

/** A save of a session of which no row is known. */
interface Save {
  /** Resolves when the save before it has ended, where there was one. */
  readonly before: Promise<void> | undefined
  /** To be called when it has ended; `error`: `null` where it succeeded. */
  readonly ended: (error: unknown) => void
}

/** How a row was read. */
interface FoundAs {
  /** The id that it was found under. */
  readonly sid: string
  /** The id that is asked for in the table. */
  readonly id: string
  readonly generation: number
}

/** The options that say what is handed out of a row. */
export interface ReadingOptions {
  readonly serializer: Serializer
  readonly absoluteTtl: Ttl | undefined
  readonly now: () => EpochMs
}

/** What is known of a row that was read or written. */
function loadedOf(
  { sid, isPlain = false, generation }: Pick<Loaded, 'sid' | 'isPlain' | 'generation'>,
  { sess, expired, userId, createdAt, version }: StoredSession,
): Loaded {
  // Once for each read: without spreads, and with fields that every session has first.
  const loaded: Loaded = { sid, isPlain, expired, generation }
  if (userId !== undefined) loaded.userId = userId
  if (createdAt !== undefined) loaded.createdAt = createdAt
  if (version !== undefined) loaded.versions = { own: ownHalf(version), base: sess }
  return loaded
}

/** Whether express-session made an object, whichever copy of it: nothing else hides a request. */
export function isOfRequest(session: object): boolean {
  return 'req' in session && Object.getOwnPropertyDescriptor(session, 'req')?.enumerable === false
}

/** The plain id that a row may be under that is not known to have been found under another. */
export function plainSid(loaded: Loaded | undefined, sid: string): string | undefined {
  return loaded && !loaded.isPlain ? undefined : sid
}

/**
 * What was loaded, with the objects that `get` handed out and the sessions made of them. An object
 * that is dropped takes it along, so there is neither a limit nor a leak. It answers no read and
 * holds no session.
 */
export class LoadedSessions {
  /** `null`: nothing is known of the row, but somebody has made or stored the session. */
  readonly #known = privateField<Loaded | null>()
  /** The last save of a session, until a row of it is known. */
  readonly #saves = privateField<Promise<void>>()
  #generation = 0

  /**
   * How often a call may have made a session end sooner. No touch relies on what was read in an
   * earlier generation: a read takes the number when it starts.
   */
  get generation(): number {
    return this.#generation
  }

  /** What is known of the row of an object, if it has this id, or whatever id it has. */
  of(session: object, sid?: string): Loaded | undefined {
    const loaded = this.#known.get(session) ?? undefined
    return sid === undefined || loaded?.sid === sid ? loaded : undefined
  }

  /**
   * The row that a call is about: its id in the table, what is known of it, and why no session can
   * have the id, if so.
   */
  find(
    session: object,
    sid: string,
    ids: StoredIds,
  ): {
    readonly id: string
    readonly problem: string | undefined
    readonly loaded: Loaded | undefined
  } {
    // A list of the table gave both.
    const listed = this.of(session, sid)
    const problem = listed ? undefined : ids.problem(sid)
    const id = (listed ?? problem) === undefined ? ids.of(sid) : sid
    return { id, problem, loaded: id === sid ? listed : this.of(session, id) }
  }

  /** Whether a session object is neither made of what was loaded, nor was it ever stored. */
  isNew(session: object): boolean {
    return this.#known.get(session) === undefined
  }

  /** An object stands for a row, or, without `loaded`, for one of which nothing is known. */
  keep(session: object, loaded: Loaded | null = null): void {
    this.#known.set(session, loaded)
  }

  /**
   * The session of a row that was read, `null` where its life is over, whatever the row says; its
   * cookie shows when that will be. Throws an error with code `ERR_UNREADABLE_SESSION`, or about the
   * option `absoluteTtl`, or rejects with it.
   */
  load(
    stored: StoredSession,
    { sid, id, generation }: FoundAs,
    { serializer, absoluteTtl, now }: ReadingOptions,
  ): Eventual<SessionData | null> {
    const isPlain = id !== sid || stored.isPlain === true
    const loaded = loadedOf({ sid: id, isPlain, generation }, stored)
    return andThen(readPayload(stored, serializer, { sid }), (session) => {
      this.keep(session, loaded)
      const ends = lastEndOf(session, loaded.createdAt, absoluteTtl)
      if (ends === undefined) return session
      loaded.ends = ends
      if (ends < loaded.expired) showExpiry(session, ends)
      return ends > now() ? session : null
    })
  }

  /** A save begins of a session of which no row is known. */
  save(session: object): Save {
    const before = this.#saves.get(session)
    let end: () => void
    this.#saves.set(session, new Promise((resolve) => (end = resolve)))
    const ended = (error: unknown) => {
      // The row may be there, and nobody heard of it.
      if (isUnanswered(error) && this.isNew(session)) this.keep(session)
      end()
    }
    return { before, ended }
  }

  /** A new session was stored as a row of which nothing was known. */
  stored(session: object, generation: number, row: StoredSession & { readonly sid: string }): void {
    this.keep(session, loadedOf({ sid: row.sid, generation }, row))
  }

  /** A session was made of what was handed out: what is known of its row. */
  handOn(from: object, to: object): Loaded | undefined {
    const loaded = this.of(from)
    this.keep(to, loaded)
    return loaded
  }

  /** A change was called, or answered, that may end a session sooner: a generation begins. */
  endsSooner(): void {
    this.#generation++
  }

  /**
   * Whether a row is known to be there and would end later by less than `interval` ms; without one,
   * by less than a twentieth of the life it would have, and less than a minute.
   */
  movesLittle(
    { expired: known, generation }: Loaded,
    expired: EpochMs,
    now: EpochMs,
    interval: number = Math.min((expired - now) / 20, 60_000),
  ): boolean {
    return (
      generation === this.#generation &&
      known > now &&
      expired >= known &&
      expired - known < interval
    )
  }
}

/** Whether a call failed for want of an answer, so that what it wrote may be there. */
export function isUnanswered(error: unknown): boolean {
  const code = (error as Partial<SessionStoreError> | null)?.code
  return code === 'ERR_TIMEOUT' || code === 'ERR_CONNECTION'
}

/** Makes nothing: a class that extends it adds its private fields to the object it is given. */
const Given = function (object: object) {
  return object
} as unknown as new (object: object) => object

/**
 * A field that any object can be given, and that nobody but the holder of this sees: as a `WeakMap`
 * it lives and dies with the object, and is neither copied nor serialized with it. An entry of a
 * `WeakMap` for each session that is read took a tenth of the time of a read, most of it while
 * garbage is collected; this takes none that can be measured.
 */
interface PrivateField<Value> {
  /** `undefined` where the object has no value, and for what is none. */
  get(object: unknown): Value | undefined
  set(object: object, value: Value | undefined): void
}

/** A new field, which no object has. */
function privateField<Value>(): PrivateField<Value> {
  return class Field extends Given {
    #value: Value | undefined

    static get(object: unknown): Value | undefined {
      const isObject = typeof object === 'object' && object !== null
      return isObject && #value in object ? object.#value : undefined
    }

    static set(object: object, value: Value | undefined): void {
      const field = #value in object ? object : new Field(object)
      field.#value = value
    }
  }
}
