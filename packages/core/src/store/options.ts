import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import type { DialectAdapter } from '../dialect/index.js'
import { invalidOption, nearest } from '../errors.js'
import {
  given,
  givenForKnex,
  givenForOptions,
  isKnex,
  isObject,
  mistakenClock,
  optionsOfOthers,
} from './option-mistakes.js'
import type { OutageNotice as Outage } from '../delivery/delivery.js'
import type { Serializer } from '../session/payload.js'

/** How calls that overlap are joined into one statement. */
export interface BatchOptions {
  /**
   * Statements in flight at once, for reads and for writes each. Default: 40 % of the pool's `max`,
   * between 1 and 4.
   */
  readonly lanes?: number
  /** Sessions in one statement. Default: what the dialect takes, at most 128 sessions. */
  readonly size?: number
}

/**
 * What `new KnexSessionStore` takes. Every option may be left out where the dialect brings an
 * embedded database.
 */
export interface KnexSessionStoreOptions {
  /**
   * The application's knex instance; the store never closes it. Default: the embedded database of a
   * registered dialect, owned by the store.
   */
  readonly knex?: Knex
  /** The dialect adapter. Default: the one registered for the knex client. */
  readonly dialect?: DialectAdapter
  /** Table name. Default: `sessions`. */
  readonly tableName?: string
  /** Schema of the table. Default: none, so the connection's own. */
  readonly schemaName?: string
  /** Name of the session id's column. Default: `sid`. */
  readonly sidFieldName?: string
  /** Whether to create the table when it is missing. Default: true. */
  readonly createTable?: boolean
  /**
   * Time between two prunes of expired sessions, in ms, jittered by 50 to 150 %; 0 turns the timer
   * off. Default: 60,000 ms.
   */
  readonly cleanupInterval?: number
  /**
   * Called with the (redacted) error of a prune that the timer started. Default: `console.error`
   * with its message, unless the database is out of reach, which `onOutage` tells.
   */
  readonly onCleanupError?: (error: Error) => void
  /**
   * Called when the database has been out of reach for a second, and when it answers again.
   * Default: `console.warn`, one line each.
   */
  readonly onOutage?: (outage: Outage) => void
  /**
   * Life of a session whose cookie has no expiry, in ms, or a function that tells it. Default: one
   * day.
   */
  readonly ttl?: number | ((session: SessionData) => number)
  /**
   * Tells whose a session is, by the id of its user: a string, a number, or null or undefined
   * before the log-in. The table has the columns `user_id`, `created_at` and `last_seen_at` then,
   * and `sessionsOf` finds the sessions of a user. Default: none.
   */
  readonly userId?: (session: SessionData) => string | number | null | undefined
  /**
   * The most live sessions of a user: at a log-in the oldest beyond them are ended. Needs `userId`.
   * Default: no limit.
   */
  readonly maxSessionsPerUser?: number
  /**
   * A touch that would move the expiry that the request loaded later by less than this many ms is
   * left out: a session may end up to that much early. 0 writes every touch, `Infinity` none.
   * Default: 5 % of the time the session has left after the touch, at most 60,000 ms.
   */
  readonly touchInterval?: number
  /**
   * Whether a touch waits until the database has it on disk. False may lose the last move of an
   * expiry in a database crash, never a session. Default: false.
   */
  readonly durableTouch?: boolean
  /** Default: JSON. */
  readonly serializer?: Serializer
  /** Whether and how overlapping calls share statements. Default: true. */
  readonly batch?: boolean | BatchOptions
  /**
   * The most one call may take, retries included, in ms; 0 waits for ever. Nothing is sent for a
   * call after that, and its statement is cancelled on the server just before, where the driver
   * can. Default: 10,000 ms.
   */
  readonly timeout?: number
  /**
   * The most reads, and the most writes, that may wait; past it a call fails at once. Default:
   * 10,000 calls of each.
   */
  readonly maxQueue?: number
  /** Whether to use prepared statements where the driver has them. Default: true. */
  readonly preparedStatements?: boolean
  /** The current time in ms since 1970. Default: `Date.now()`, whatever `Date` is at that time. */
  readonly clock?: () => number
  /** @deprecated since 0.1: `tableName` */
  readonly tablename?: string
  /** @deprecated since 0.1: `sidFieldName` */
  readonly sidfieldname?: string
  /** @deprecated since 0.1: `createTable` */
  readonly createtable?: boolean
  /** @deprecated since 0.1: `cleanupInterval` */
  readonly clearInterval?: number
  /** @deprecated since 0.1: `cleanupInterval: 0` */
  readonly disableDbCleanup?: boolean
  /** @deprecated since 0.1: `onCleanupError` */
  readonly onDbCleanupError?: (error: Error) => void
}

/** The options with every default filled in, under their present names. */
export interface ResolvedOptions {
  readonly knex: Knex | undefined
  readonly dialect: DialectAdapter | undefined
  readonly tableName: string
  readonly schemaName: string | undefined
  readonly sidFieldName: string
  readonly createTable: boolean
  readonly cleanupInterval: number
  readonly onCleanupError: (error: Error) => void
  readonly onOutage: (outage: Outage) => void
  readonly ttl: number | ((session: SessionData) => number)
  readonly userId: ((session: SessionData) => string | number | null | undefined) | undefined
  readonly maxSessionsPerUser: number | undefined
  /** `undefined`: a part of each session's life. */
  readonly touchInterval: number | undefined
  readonly durableTouch: boolean
  readonly serializer: Serializer
  readonly batch: boolean | BatchOptions
  readonly timeout: number
  readonly maxQueue: number
  readonly preparedStatements: boolean
  readonly clock: () => number
}

const oneDay = 86_400_000

/**
 * The longest delay a Node.js timer takes, in ms (about 24.8 days), and the longest interval that
 * the jitter keeps below it.
 */
const longestTimer = 2_147_483_647
const longestInterval = Math.floor(longestTimer / 1.5)

type Check = (value: unknown) => string | undefined

const isBoolean: Check = (value) =>
  typeof value === 'boolean' ? undefined : 'expected true or false'
const isString: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'expected a non-empty string'
const isFunction: Check = (value) =>
  typeof value === 'function' ? undefined : 'expected a function'
const isMs: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= longestTimer
    ? undefined
    : `expected milliseconds from 0 to ${String(longestTimer)}`
const isInterval: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= longestInterval
    ? undefined
    : `expected milliseconds from 0 to ${String(longestInterval)}`
const isCount: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0
    ? undefined
    : 'expected a whole number of at least 1'

const checks: Readonly<Record<keyof KnexSessionStoreOptions, Check>> = {
  knex: (value) => (isKnex(value) ? undefined : givenForKnex(value)),
  dialect: (value) =>
    isObject(value) && value['apiVersion'] === 2
      ? undefined
      : 'expected an adapter made by `defineDialect` of this major version',
  tableName: isString,
  schemaName: isString,
  sidFieldName: isString,
  createTable: isBoolean,
  cleanupInterval: isInterval,
  onCleanupError: isFunction,
  onOutage: isFunction,
  ttl: (value) =>
    typeof value === 'function' ||
    (typeof value === 'number' && value > 0 && Number.isFinite(value))
      ? undefined
      : 'expected milliseconds above 0, or a function of the session that returns them',
  userId: isFunction,
  maxSessionsPerUser: isCount,
  touchInterval: (value) =>
    value === Infinity || isMs(value) === undefined
      ? undefined
      : `expected milliseconds from 0 to ${String(longestTimer)}, or Infinity`,
  durableTouch: isBoolean,
  serializer: (value) =>
    isObject(value) &&
    typeof value['stringify'] === 'function' &&
    typeof value['parse'] === 'function'
      ? undefined
      : 'expected an object with the functions `stringify` and `parse`',
  batch: checkBatch,
  timeout: isMs,
  maxQueue: isCount,
  preparedStatements: isBoolean,
  clock: mistakenClock,
  tablename: isString,
  sidfieldname: isString,
  createtable: isBoolean,
  clearInterval: isInterval,
  disableDbCleanup: isBoolean,
  onDbCleanupError: isFunction,
}

/** Options of earlier connect-session-knex releases and the present name of each. */
const renamed = {
  tablename: 'tableName',
  sidfieldname: 'sidFieldName',
  createtable: 'createTable',
  clearInterval: 'cleanupInterval',
  disableDbCleanup: 'cleanupInterval',
  onDbCleanupError: 'onCleanupError',
} as const

/**
 * Checks the options and fills in the defaults. Throws a `TypeError` with code `ERR_INVALID_OPTION`
 * that names a wrong or unknown option, and for an unknown one the nearest that exists.
 */
export function resolveOptions(options: unknown = {}): ResolvedOptions {
  const mistake = givenForOptions(options)
  if (mistake !== undefined || !isObject(options))
    throw invalidOption('options', `expected an object with options, ${String(mistake)}`)
  for (const [name, value] of Object.entries(options)) checkOption(name, value)
  const given = withPresentNames(options)
  if (given.maxSessionsPerUser !== undefined && given.userId === undefined) {
    throw invalidOption(
      'maxSessionsPerUser',
      'needs the option `userId`, which tells whose a session is',
    )
  }
  return {
    knex: given.knex,
    dialect: given.dialect,
    tableName: given.tableName ?? 'sessions',
    schemaName: given.schemaName,
    sidFieldName: given.sidFieldName ?? 'sid',
    createTable: given.createTable ?? true,
    cleanupInterval: given.cleanupInterval ?? 60_000,
    onCleanupError: given.onCleanupError ?? logCleanupError,
    onOutage: given.onOutage ?? logOutage,
    ttl: given.ttl ?? oneDay,
    userId: given.userId,
    maxSessionsPerUser: given.maxSessionsPerUser,
    touchInterval: given.touchInterval,
    durableTouch: given.durableTouch ?? false,
    serializer: given.serializer ?? JSON,
    batch: given.batch ?? true,
    timeout: given.timeout ?? 10_000,
    maxQueue: given.maxQueue ?? 10_000,
    preparedStatements: given.preparedStatements ?? true,
    clock: given.clock ?? (() => Date.now()),
  }
}

function checkOption(name: string, value: unknown): void {
  if (!Object.hasOwn(checks, name)) {
    const known = Object.hasOwn(optionsOfOthers, name) ? optionsOfOthers[name] : undefined
    const suggestion = nearest(name, Object.keys(checks))
    const advice =
      known ?? (suggestion === undefined ? undefined : `did you mean \`${suggestion}\`?`)
    throw invalidOption(name, `there is no such option${advice === undefined ? '' : `; ${advice}`}`)
  }
  if (value === undefined) {
    // An undefined knex is nearly always a failed import, and must not fall back to an embedded
    // database in silence.
    if (name === 'knex') throw invalidOption(name, givenForKnex(value))
    return
  }
  const problem = checks[name as keyof KnexSessionStoreOptions](value)
  if (problem !== undefined)
    throw invalidOption(name, isComplete(name, problem) ? problem : `${problem}, ${given(value)}`)
}

/** Whether a problem says already what was given. */
function isComplete(name: string, problem: string): boolean {
  return name === 'knex' || !problem.startsWith('expected')
}

function withPresentNames(options: KnexSessionStoreOptions): KnexSessionStoreOptions {
  const present: Record<string, unknown> = { ...options }
  for (const [old, name] of Object.entries(renamed)) {
    const value = present[old]
    if (value === undefined) continue
    if (present[name] !== undefined && old !== 'disableDbCleanup') {
      throw invalidOption(
        old,
        `is the old name of \`${name}\`, which is given too; give only \`${name}\``,
      )
    }
    warnOnce(old, name)
    if (old !== 'disableDbCleanup') present[name] = value
    else if (value === true) present[name] = 0
  }
  return present
}

const warned = new Set<string>()

function warnOnce(old: string, name: string): void {
  if (warned.has(old)) return
  warned.add(old)
  process.emitWarning(
    `option \`${old}\` is deprecated; use \`${name}\``,
    'DeprecationWarning',
    `KNEX_SESSION_${old.toUpperCase()}`,
  )
}

function checkBatch(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined
  if (!isObject(value)) return 'expected true, false or an object with `lanes` and `size`'
  for (const [name, count] of Object.entries(value)) {
    if (name !== 'lanes' && name !== 'size')
      return `has no setting \`${name}\`; there are \`lanes\` and \`size\``
    const problem = count === undefined ? undefined : isCount(count)
    if (problem !== undefined) return `\`${name}\`: ${problem}, ${given(count)}`
  }
  return undefined
}

function logCleanupError(error: Error): void {
  if ((error as { code?: unknown }).code !== 'ERR_CONNECTION') console.error(error.message)
}

function logOutage({ message }: Outage): void {
  console.warn(message)
}
