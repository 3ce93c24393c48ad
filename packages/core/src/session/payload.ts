import type { SessionData } from 'express-session'
import { isoText, toEpochMs, type EpochMs } from '../dialect/index.js'
import { showsExpiry } from './expiry.js'
import { nameOfError, SessionStoreError } from '../errors.js'
import { isPromise } from './promises.js'

/**
 * Turns a session into text and back. The text may be anything; text that is not a JSON object is
 * stored as one JSON string.
 */
export interface Serializer {
  /** Called once per `set`, at the time of the call. What it throws makes the `set` fail. */
  stringify(session: SessionData): string
  /**
   * Called once per session that is handed out. What it returns is copied, and so is its cookie;
   * the values in them are not.
   */
  parse(text: string): SessionData
}

/** A session as it was read. */
export interface StoredSession {
  /** The serialized session. */
  readonly sess: string
  readonly expired: EpochMs
  /** Whose session it is, where the table says so. */
  readonly userId?: string | null
}

/** The latest expiry that a cookie can show, in ms. */
const latest = toEpochMs(8.64e15)

/**
 * The text to store for a session: JSON, always. What a serializer makes that is not a JSON object
 * is stored as one JSON string. Throws a {@link SessionStoreError} with code `ERR_INVALID_SESSION`;
 * what the serializer threw is not kept, since it may quote the session.
 */
export function writePayload(session: SessionData, serializer: Serializer): string {
  checkSession(session)
  let text: unknown
  try {
    text = serializer.stringify(session)
  } catch (error) {
    throw unserializable(
      `the serializer threw a ${nameOfError(error)} (JSON takes no cycle and no BigInt)`,
    )
  }
  if (isPromise(text))
    throw unserializable(
      'the serializer returned a promise; `stringify` has to return the text itself',
    )
  if (typeof text !== 'string') throw unserializable('the serializer returned no string')
  if (serializer === JSON && !text.startsWith('{')) throw unserializable('as JSON it is no object')
  return serializer === JSON || isJsonObject(text)
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
 * with code `ERR_UNREADABLE_SESSION`.
 */
export function readPayload({ sess, expired }: StoredSession, serializer: Serializer): SessionData {
  let session: unknown
  let problem = 'its text is not what the serializer writes'
  try {
    session = serializer.parse(serialized(sess))
    if (isPromise(session))
      problem = 'the serializer returned a promise; `parse` has to return the session itself'
    else if (typeof session !== 'object' || session === null)
      problem = 'the serializer made something else of its text than an object'
    else {
      const own = serializer === JSON ? session : withOwnCookie(session)
      showExpiry(own, expired)
      return own as SessionData
    }
  } catch {
    // What was thrown may quote the session.
  }
  throw unreadable(problem)
}

/** What can be read; where nothing can, why not is thrown. */
export function readable<Read>(reads: readonly (() => Read)[]): Read[] {
  const found: Read[] = []
  let unreadable: Error | undefined
  for (const read of reads) {
    try {
      found.push(read())
    } catch (error) {
      unreadable ??= error as Error
    }
  }
  if (found.length === 0 && unreadable) throw unreadable
  return found
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

function showExpiry(
  session: { readonly cookie?: Record<string, unknown> | null },
  expired: EpochMs,
): void {
  const { cookie } = session
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

function unserializable(problem: string): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_INVALID_SESSION',
    message: `the session cannot be stored: ${problem}`,
  })
}

function unreadable(problem: string): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_UNREADABLE_SESSION',
    message: `a stored session cannot be read: ${problem}; destroy the session, or check the option \`serializer\``,
  })
}
