import { invalidOption, nearest } from '../../errors.js'
import {
  given,
  givenForKnex,
  isKnex,
  isObject,
  mistakenClock,
  optionsOfOthers,
} from './mistakes.js'
import type { KnexSessionStoreOptions } from './options.js'

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
const msUpTo =
  (longest: number): Check =>
  (value) =>
    typeof value === 'number' && value >= 0 && value <= longest
      ? undefined
      : `expected milliseconds from 0 to ${String(longest)}`
const isMs = msUpTo(longestTimer)
const isInterval = msUpTo(longestInterval)
const isCount: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0
    ? undefined
    : 'expected a whole number of at least 1'

/** Which types there are the dialect knows. */
const isTimeColumn: Check = (value) =>
  isString(value) === undefined
    ? undefined
    : ofSettings({ name: isString, type: isString }, 'a name or ')(value)

const isLife: Check = (value) =>
  typeof value === 'function' || (typeof value === 'number' && value > 0 && Number.isFinite(value))
    ? undefined
    : 'expected milliseconds above 0, or a function of the session that returns them'

const checks: Readonly<Record<keyof KnexSessionStoreOptions, Check>> = {
  knex: (value) => (isKnex(value) ? undefined : givenForKnex(value)),
  dialect: (value) =>
    isObject(value) && value['apiVersion'] === 2
      ? undefined
      : 'expected an adapter made by `defineDialect` of this major version',
  tableName: isString,
  schemaName: isString,
  columns: ofSettings({
    sid: isString,
    sess: isString,
    expired: isTimeColumn,
    createdAt: isTimeColumn,
    lastSeenAt: isTimeColumn,
    userId: isString,
    version: isString,
  }),
  createTable: isBoolean,
  cleanupInterval: isInterval,
  onCleanupError: isFunction,
  onOutage: isFunction,
  ttl: isLife,
  absoluteTtl: isLife,
  userId: isFunction,
  maxSessionsPerUser: isCount,
  onConflict: (value) =>
    value === 'overwrite' || value === 'reject' || typeof value === 'function'
      ? undefined
      : "expected 'overwrite', 'reject' or a function of three sessions that returns one",
  touchInterval: (value) =>
    value === Infinity || isMs(value) === undefined
      ? undefined
      : `expected milliseconds from 0 to ${String(longestTimer)}, or Infinity`,
  durableTouch: isBoolean,
  hashIds: orSettings({ fallback: isBoolean }),
  serializer: (value) =>
    isObject(value) &&
    typeof value['stringify'] === 'function' &&
    typeof value['parse'] === 'function'
      ? undefined
      : 'expected an object with the functions `stringify` and `parse`',
  batch: orSettings({ lanes: isCount, size: isCount }),
  timeout: isMs,
  maxQueue: isCount,
  preparedStatements: isBoolean,
  clock: mistakenClock,
  tablename: isString,
  sidfieldname: isString,
  sidFieldName: isString,
  createtable: isBoolean,
  clearInterval: isInterval,
  disableDbCleanup: isBoolean,
  onDbCleanupError: isFunction,
}

/**
 * Throws a `TypeError` with code `ERR_INVALID_OPTION` that names an option with a wrong value, or
 * an unknown one with the nearest that exists.
 */
export function checkOption(name: string, value: unknown): void {
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
    throw invalidOption(name, name === 'knex' ? problem : withGiven(problem, value))
}

/** A problem, and what was given unless it says that already. */
function withGiven(problem: string, value: unknown): string {
  return problem.startsWith('expected') ? `${problem}, ${given(value)}` : problem
}

/** True, false, or an object with settings. */
function orSettings(settings: Readonly<Record<string, Check>>): Check {
  const check = ofSettings(settings, 'true, false or ')
  return (value) => (typeof value === 'boolean' ? undefined : check(value))
}

/** An object with settings, or what else is expected. */
function ofSettings(settings: Readonly<Record<string, Check>>, others = ''): Check {
  const names = Object.keys(settings)
    .map((name) => `\`${name}\``)
    .join(', ')
    .replace(/, ([^,]+)$/, ' and $1')
  return (value) => {
    if (!isObject(value) || typeof value === 'function' || Array.isArray(value))
      return `expected ${others}an object with ${names}`
    for (const [name, setting] of Object.entries(value)) {
      const check = Object.hasOwn(settings, name) ? settings[name] : undefined
      if (!check) return `has no setting \`${name}\`; there is ${names}`
      const problem = setting === undefined ? undefined : check(setting)
      if (problem !== undefined) return `\`${name}\`: ${withGiven(problem, setting)}`
    }
    return undefined
  }
}
