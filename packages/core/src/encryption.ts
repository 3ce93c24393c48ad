import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  KeyObject,
  randomBytes,
} from 'node:crypto'
import type { SessionData } from 'express-session'
import { invalidOption, type SessionStoreError } from './errors.js'
import { unreadable, unserializable, type Serializer } from './session/payload.js'
import { StoredIds } from './session/stored-id.js'

/** A key of 256 bits: bytes, a `KeyObject`, or text in base64 or base64url. */
export type EncryptionKey = Uint8Array | KeyObject | string

/** The options of {@link encryption}. */
export interface EncryptionOptions {
  /**
   * The first key encrypts; every key decrypts what it has encrypted. Keep an old key in the list
   * until the sessions written with it have ended.
   */
  readonly keys: readonly EncryptionKey[]
  /**
   * What to do with sessions that are not encrypted. `read`: read them, for as long as there are
   * some from before. `refuse`: fail with code `ERR_UNREADABLE_SESSION`. Default: `refuse`.
   */
  readonly plain?: 'read' | 'refuse'
}

/** A serializer that returns its results at once, without a promise. */
export interface EncryptingSerializer<Data extends object = SessionData> extends Serializer<Data> {
  stringify(session: Data, about: { readonly sid: string }): string
  parse(text: string, about: { readonly sid: string }): Data
}

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const ivBytes = 12
const tagBytes = 16

/** A plain session has a cookie, and so never this key only. */
const field = 'encrypted'

/** A key with the id by which rows name it: 48 bits of its SHA-256. */
interface NamedKey {
  readonly id: string
  readonly key: KeyObject
}

/** The digest of an id, which stays the same when the option `hashIds` is switched on. */
const ids = new StoredIds(true)

/**
 * Makes a `serializer` that encrypts sessions with AES-256-GCM. A stored text that was changed, or
 * moved to another row, cannot be read: code `ERR_UNREADABLE_SESSION`. Throws a `TypeError` with
 * code `ERR_INVALID_OPTION` for a wrong option; the message never holds a key.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-postgres'
 * import { KnexSessionStore } from '@knex-session/core'
 * import { encryption } from '@knex-session/core/encryption'
 * import createKnex from 'knex'
 *
 * const knex = createKnex({ client: 'pg', connection: process.env['DATABASE_URL'] ?? '' })
 * const serializer = encryption({ keys: [process.env['SESSION_KEY'] ?? ''] })
 * new KnexSessionStore({ knex, serializer })
 * ```
 */
export function encryption<Data extends object = SessionData>(
  options: EncryptionOptions,
): EncryptingSerializer<Data> {
  const { keys, plain } = checked(options)
  const [newest] = keys as readonly [NamedKey, ...NamedKey[]]
  const byId = new Map(keys.map(({ id, key }) => [id, key]))
  return {
    stringify(session, { sid }) {
      const text: unknown = JSON.stringify(session)
      if (typeof text !== 'string' || !text.startsWith('{'))
        throw unserializable('as JSON it is no object')
      return JSON.stringify({ [field]: seal(text, newest, sid) })
    },
    parse(text, { sid }) {
      const stored: unknown = JSON.parse(text)
      const sealed = sealedIn(stored)
      if (sealed !== undefined) return JSON.parse(open(sealed, byId, sid)) as Data
      if (plain === 'read') return stored as Data
      throw refused('it is not encrypted (option `plain`)')
    },
  }
}

/** The id of the key, a dot, and the IV, the tag and what is encrypted as base64url. */
function seal(text: string, { id, key }: NamedKey, sid: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(ids.ofFound(sid)))
  const encrypted = [cipher.update(text, 'utf8'), cipher.final()]
  const bytes = Buffer.concat([iv, cipher.getAuthTag(), ...encrypted])
  return `${id}.${bytes.toString('base64url')}`
}

function open(sealed: string, keys: ReadonlyMap<string, KeyObject>, sid: string): string {
  const [id = '', encoded = ''] = sealed.split('.')
  const key = keys.get(id)
  if (!key) throw refused('none of the `keys` encrypted it')
  const bytes = Buffer.from(encoded, 'base64url')
  try {
    const iv = bytes.subarray(0, ivBytes)
    const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(ids.ofFound(sid)))
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    const text = decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8')
    return text + decipher.final('utf8')
  } catch {
    throw refused('it was changed, or is that of another row')
  }
}

function sealedIn(stored: unknown): string | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const sealed = (stored as Readonly<Record<string, unknown>>)[field]
  return typeof sealed === 'string' && Object.keys(stored).length === 1 ? sealed : undefined
}

function refused(problem: string): SessionStoreError {
  return unreadable(`${problem}, so that the serializer of \`encryption\` refuses it`)
}

function checked(options: unknown): {
  readonly keys: readonly NamedKey[]
  readonly plain: 'read' | 'refuse'
} {
  // An array or a buffer has indexes for options.
  if (typeof options !== 'object' || options === null || Symbol.iterator in options)
    throw invalidOption('options', '`encryption` takes an object with `keys`')
  const { keys, plain = 'refuse', ...others } = options as EncryptionOptions
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw invalidOption(unknown, '`encryption` has no such option; there are `keys` and `plain`')
  if (!['read', 'refuse'].includes(plain))
    throw invalidOption('plain', "expected 'read' or 'refuse'")
  if (!Array.isArray(keys) || keys.length === 0)
    throw invalidOption('keys', 'expected an array of keys, the newest first')
  const named = (keys as readonly unknown[]).map(namedKey)
  const isTwice = new Set(named.map(({ id }) => id)).size < named.length
  if (isTwice) throw invalidOption('keys', 'one of the keys is there twice')
  return { keys: named, plain }
}

function namedKey(given: unknown, place: number): NamedKey {
  const bytes = bytesOf(given)
  if (!bytes || bytes.length !== keyBytes) {
    const expected = `keys[${String(place)}]: expected 32 bytes, as a Buffer, a KeyObject or base64 (\`openssl rand -base64 32\` makes one)`
    throw invalidOption(
      'keys',
      `${expected}, got ${bytes ? `${String(bytes.length)} bytes` : kindOf(given)}`,
    )
  }
  const id = createHash('sha256').update(bytes).digest().subarray(0, 6).toString('base64url')
  return { id, key: createSecretKey(bytes) }
}

function bytesOf(given: unknown): Uint8Array | undefined {
  if (given instanceof KeyObject) return given.type === 'secret' ? given.export() : undefined
  if (given instanceof Uint8Array) return given
  if (typeof given !== 'string' || !/^[\w+/-]+=*$/.test(given)) return undefined
  return Buffer.from(given, 'base64')
}

function kindOf(given: unknown): string {
  if (given === '') return 'an empty text'
  return typeof given === 'string' ? 'a text that is no base64' : typeof given
}
