import type { SessionData } from 'express-session'
import { isoText, type EpochMs } from '../dialect/index.js'
import { latest, showsExpiry } from './expiry.js'
import { nameOfError, SessionStoreError, type SessionStoreErrorCode } from '../errors.js'
import { later, type Eventual } from './promises.js'

/** What a {@link Serializer} gets besides the session. */
export interface SerializedFor {
  /** The id in the row: the session id, or its digest with the option `hashIds`. */
  readonly sid: string
}

/**
 * Turns a session into text and back. Any text will do: what is not a JSON object is stored as one
 * JSON string. Both methods may return a promise.
 */
export interface Serializer<Data extends object = SessionData> {
  /**
   * Called once per `set`, during the call. The session may change as soon as this has returned, so
   * read all of it before the first `await`. If this throws or rejects, the `set` fails.
   */
  stringify(session: Data, about: SerializedFor): string | PromiseLike<string>
  /**
   * Called once for each session that is handed out. What it returns is copied, and so is its
   * cookie; the values in them are not.
   */
  parse(text: string, about: SerializedFor): Data | PromiseLike<Data>
}

/** The default. What it is told besides the session it takes for nothing. */
export const json = JSON as unknown as Serializer

/** A session as it was read. */
export interface StoredSession {
  /** The serialized session. */
  readonly sess: string
  readonly expired: EpochMs
  /** Whose session it is, where the table says so. */
  readonly userId?: string | null
  /** When it was created, where the table says. */
  readonly createdAt?: EpochMs | undefined
  /** The version of the row, where the table has them. */
  readonly version?: string | null
  /** Whether it was found under the plain id, where digests are asked for. Default: no. */
  readonly isPlain?: boolean
}

/**
 * The text to store for a session: JSON, always. What a serializer makes that is not a JSON object
 * is stored as one JSON string. Throws a {@link SessionStoreError} with code `ERR_INVALID_SESSION`,
 * or rejects with it where the serializer gave a promise; what the serializer threw is not kept,
 * since it may quote the session.
 */
export function writePayload(
  session: SessionData,
  serializer: Serializer,
  about: SerializedFor,
): Eventual<string> {
  checkSession(session)
  let text: unknown
  try {
    // JavaScript engines are faster where nothing is asked but the text.
    text = serializer === json ? JSON.stringify(session) : serializer.stringify(session, about)
  } catch (error) {
    throw notSerialized(error)
  }
  const promise = later(text)
  return promise
    ? promise.then(
        (given) => textToStore(given, serializer),
        (error: unknown) => {
          throw notSerialized(error)
        },
      )
    : textToStore(text, serializer)
}

function textToStore(text: unknown, serializer: Serializer): string {
  if (typeof text !== 'string') throw unserializable('the serializer returned no string')
  if (serializer === json && !text.startsWith('{')) throw unserializable('as JSON it is no object')
  return serializer === json || isJsonObject(text)
    ? text
    : JSON.stringify(escapes.test(text) ? `\\${text}` : text)
}

/** Throws a {@link SessionStoreError} with code `ERR_INVALID_SESSION` for what is no object. */
export function checkSession(session: unknown): void {
  if (typeof session !== 'object' || session === null) throw unserializable('it is not an object')
}

/**
 * The session that a row holds, a fresh object at every call. Its cookie shows the row's expiry,
 * which a touch moves without rewriting the payload; a cookie that ends with the browser session
 * stays one, and one with a `maxAge` of its own stays as it is. Throws a {@link SessionStoreError}
 * with code `ERR_UNREADABLE_SESSION`, or rejects with it where the serializer gave a promise.
 */
export function readPayload(
  { sess, expired }: StoredSession,
  serializer: Serializer,
  about: SerializedFor,
): Eventual<SessionData> {
  let session: unknown
  try {
    session = serializer.parse(serialized(sess), about)
  } catch (error) {
    throw notParsed(error)
  }
  // JSON gives no promise, whatever keys a session has.
  const promise = serializer === json ? undefined : later(session)
  return promise
    ? promise.then(
        (given) => sessionToHandOut(given, expired, serializer),
        (error: unknown) => {
          throw notParsed(error)
        },
      )
    : sessionToHandOut(session, expired, serializer)
}

function sessionToHandOut(session: unknown, expired: EpochMs, serializer: Serializer): SessionData {
  if (typeof session !== 'object' || session === null)
    throw unreadable('the serializer made something else of its text than an object')
  try {
    const own = serializer === json ? session : withOwnCookie(session)
    showExpiry(own, expired)
    return own as SessionData
  } catch (error) {
    throw notParsed(error)
  }
}

interface OfSerializer {
  readonly cookie?: unknown
}

/**
 * express-session writes to the object and its cookie, which a serializer may have frozen, or given
 * to another request as well.
 */
function withOwnCookie(session: OfSerializer): object {
  // Also where it is no plain property.
  const { cookie } = session
  const own = copyOf(session)
  if (typeof cookie !== 'object' || cookie === null) return own
  return Object.defineProperty(own, 'cookie', {
    value: copyOf(cookie),
    writable: true,
    enumerable: true,
    configurable: true,
  })
}

function copyOf(original: object): object {
  return Object.assign(
    Object.create(Object.getPrototypeOf(original) as object | null) as object,
    original,
  )
}

/** Has the cookie of a session that was read show when that ends. */
export function showExpiry(session: { readonly cookie?: unknown }, expired: EpochMs): void {
  const { cookie } = session as { readonly cookie?: Record<string, unknown> | null }
  if (typeof cookie === 'object' && cookie !== null && showsExpiry(cookie)) {
    cookie['expires'] = isoText(expired < latest ? expired : latest)
  }
}

/**
 * Text that begins like a JSON string, or like text that was escaped for that reason, gets a
 * backslash before it.
 */
const escapes = /^["\\]/

/**
 * What the serializer wrote. An adapter may have stored it as one JSON string more than it got, for
 * a column that refuses the plain form.
 */
function serialized(sess: string): string {
  let text = sess
  while (text.startsWith('"')) text = JSON.parse(text) as string
  return text.startsWith('\\') ? text.slice(1) : text
}

function isJsonObject(text: string): boolean {
  if (!text.startsWith('{')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What was thrown is not passed on, but where it is of a serializer of this package. */
function notSerialized(error: unknown): SessionStoreError {
  return isOwn(error, 'ERR_INVALID_SESSION')
    ? error
    : unserializable(
        `the serializer threw ${nameOfError(error)} (JSON takes no cycle and no BigInt)`,
      )
}

function notParsed(error: unknown): SessionStoreError {
  return isOwn(error, 'ERR_UNREADABLE_SESSION')
    ? error
    : unreadable('its text is not what the serializer writes')
}

function isOwn(error: unknown, code: SessionStoreErrorCode): error is SessionStoreError {
  return error instanceof SessionStoreError && error.code === code
}

/** The error for a session that cannot be stored. */
export function unserializable(problem: string): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_INVALID_SESSION',
    message: `the session cannot be stored: ${problem}`,
  })
}

/** The error for a session that cannot be read. */
export function unreadable(problem: string): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_UNREADABLE_SESSION',
    message: `a stored session cannot be read: ${problem}; destroy the session, or check the option \`serializer\``,
  })
}
