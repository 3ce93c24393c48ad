import { knexOnFile } from '../../dialect/install-hints.js'
import { withArticle } from '../../errors.js'

const create = 'knex: createKnex({ client, connection })'
const ownKnex = `write \`${create}\`, with createKnex from the package knex`
const ofKnex = `that is a setting of knex: write \`${create}\``
const ofConnection = `that is part of knex's \`connection\`: write \`${create}\``
const interval = 'it is `cleanupInterval`, in ms; 0 turns it off'

/**
 * Options of other stores, and of knex, that are given to this one: what to write in their place.
 */
export const optionsOfOthers: Readonly<Record<string, string>> = {
  checkExpirationInterval: interval,
  clearExpired: interval,
  client: ofKnex,
  conObject: ownKnex,
  conString: ownKnex,
  connection: ofKnex,
  connectionPool: 'that is a setting of knex: write `knex: createKnex({ client, connectionPool })`',
  createDatabaseTable: 'it is `createTable`',
  createTableIfMissing: 'it is `createTable`, which is true unless you set it',
  database: ofConnection,
  db: ofConnection,
  disableTouch: 'it is `touchInterval`: Infinity leaves out every touch',
  errorLog: 'it is `onCleanupError`',
  expiration: 'it is `ttl`, in ms',
  filename: `the file is a setting of knex: write \`${knexOnFile}\``,
  host: ofConnection,
  maxAge:
    'it is a setting of the cookie: `session({ cookie: { maxAge } })`; `ttl`, in ms, is for cookies without one',
  password: ofConnection,
  pool: ownKnex,
  port: ofConnection,
  prefix: 'there is none: a session id is stored as it is',
  prune: interval,
  pruneSessionInterval: `${interval} (it was in seconds)`,
  reapInterval: `${interval} (it was in seconds)`,
  schema: 'they are `tableName`, `schemaName` and `columns`',
  table: 'it is `tableName`',
  touchAfter: 'it is `touchInterval`, in ms (it was in seconds)',
  uri: ofConnection,
  url: ofConnection,
  user: ofConnection,
}

/**
 * What was given, for messages: never quoted, but where it is a boolean or a number, or such a one
 * in quotes.
 */
export function given(value: unknown): string {
  if (typeof value === 'string') {
    if (value === 'true' || value === 'false')
      return `got the string '${value}': write it without quotes`
    if (value.trim() !== '' && Number.isFinite(Number(value)))
      return `got the string '${value.trim()}': write a number, without quotes`
    return value === '' ? 'got an empty string' : 'got a string'
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value == null)
    return `got ${String(value)}`
  if (isPromise(value)) return 'got a promise: await it'
  if (Array.isArray(value)) return 'got an array'
  const name = classOf(value)
  return name === undefined
    ? `got ${typeof value === 'function' ? 'a function' : 'an object'}`
    : `got ${withArticle(name)}`
}

/** What was given in place of an object with options. */
export function givenForOptions(value: unknown): string | undefined {
  if (isKnex(value)) return 'got a knex instance: write `new KnexSessionStore({ knex })`'
  if (
    typeof value === 'string' ||
    isPool(value) ||
    (typeof value === 'function' && !isPromise(value))
  )
    return `${given(value)}: write \`new KnexSessionStore({ ${create} })\``
  if (isPromise(value) || !isObject(value)) return given(value)
  // What an array or a Map holds, or an object inherits or has from its class, would not be found.
  const name = classOf(value) === undefined ? 'got an object that inherits' : given(value)
  return isPlain(value) ? undefined : `${name}: write \`new KnexSessionStore({ knex, … })\``
}

/** Whether an object is of no class, in whichever realm. */
function isPlain(value: object): boolean {
  const parent = Object.getPrototypeOf(value) as object | null
  return parent === null || Object.getPrototypeOf(parent) === null
}

/** What was given in place of a knex instance. */
export function givenForKnex(value: unknown): string {
  if (value === undefined)
    return 'is undefined: is its import wrong? Leave it out for an embedded database'
  const expected = 'expected a knex instance, '
  if (isPromise(value) || value === null) return expected + given(value)
  if (typeof value === 'function') return `${expected}got a function: call it, as in \`${create}\``
  if (isPool(value)) return `${expected}${given(value)}, which knex does not work on: ${ownKnex}`
  if (isObject(value) && ('client' in value || 'connection' in value))
    return `${expected}got a configuration of knex: ${ownKnex}`
  return `${expected}${given(value)}: ${ownKnex}`
}

/**
 * What is wrong with a clock: libraries have objects that tell the time, and the class `Date` makes
 * a text of it when it is called.
 */
export function mistakenClock(value: unknown): string | undefined {
  if (value === Date) return 'got the class Date: write `clock: () => Date.now()`'
  if (typeof value === 'function') return undefined
  if (isObject(value) && typeof value['now'] === 'function')
    return `${given(value)}: write \`clock: () => it.now()\``
  return 'expected a function that returns milliseconds'
}

/** Whether a value is a knex instance, or a transaction of one. */
export function isKnex(value: unknown): boolean {
  if (typeof value !== 'function') return false
  const { raw, client } = value as { raw?: unknown; client?: unknown }
  return typeof raw === 'function' && isObject(client)
}

/** Whether a value can have members of its own. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' ? value !== null : typeof value === 'function'
}

function isPromise(value: unknown): boolean {
  return isObject(value) && typeof value['then'] === 'function' && !isKnex(value)
}

/** Whether a value is a pool or a connection of a driver. */
function isPool(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value !== 'function' &&
    ['query', 'connect', 'execute'].some((name) => typeof value[name] === 'function')
  )
}

/** The name of an object's class, when it has one of its own. */
function classOf(value: unknown): string | undefined {
  if (typeof value !== 'object') return undefined
  const name = ((value as object).constructor as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && /^\w{1,40}$/.test(name) && name !== 'Object' ? name : undefined
}
