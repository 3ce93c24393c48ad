import type { Outage } from '../../delivery/delivery.js'
import { invalidOption, withNote } from '../../errors.js'
import { json } from '../../session/payload.js'
import { checkOption } from './checks.js'
import { givenForOptions, isObject } from './mistakes.js'
import type { KnexSessionStoreOptions, OldName, ResolvedOptions } from './options.js'

const defaults: ResolvedOptions = {
  knex: undefined,
  dialect: undefined,
  tableName: 'sessions',
  schemaName: undefined,
  columns: { sid: 'sid', sess: 'sess', expired: 'expired' },
  createTable: true,
  ttl: 86_400_000,
  absoluteTtl: undefined,
  touchInterval: undefined,
  cleanupInterval: 60_000,
  onCleanupError: logCleanupError,
  userId: undefined,
  maxSessionsPerUser: undefined,
  onConflict: 'overwrite',
  hashIds: false,
  serializer: json,
  timeout: 10_000,
  onOutage: logOutage,
  batch: true,
  maxQueue: 10_000,
  preparedStatements: true,
  durableTouch: false,
  clock: () => Date.now(),
}

/** The present name of an option whose place is within another one. */
const sidName = 'columns.sid'

/** Options of earlier connect-session-knex releases and the present name of each. */
const renamed: Readonly<Record<OldName, keyof ResolvedOptions | typeof sidName>> = {
  tablename: 'tableName',
  sidfieldname: sidName,
  sidFieldName: sidName,
  createtable: 'createTable',
  clearInterval: 'cleanupInterval',
  disableDbCleanup: 'cleanupInterval',
  onDbCleanupError: 'onCleanupError',
}

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
    throw invalidOption('maxSessionsPerUser', 'needs the option `userId`')
  }
  const names = Object.keys(defaults) as (keyof ResolvedOptions)[]
  const filled = names.map((name) => [name, given[name] ?? defaults[name]])
  return Object.fromEntries(filled) as ResolvedOptions
}

function withPresentNames(options: KnexSessionStoreOptions): KnexSessionStoreOptions {
  const present: Record<string, unknown> = { ...options, [sidName]: options.columns?.sid }
  for (const [old, name] of Object.entries(renamed)) {
    const value = present[old]
    if (value === undefined) continue
    if (present[name] !== undefined && old !== 'disableDbCleanup') {
      throw invalidOption(old, `is the old name of \`${name}\`: give only that`)
    }
    warnOnce(old, name)
    if (old !== 'disableDbCleanup') present[name] = value
    else if (value === true) present[name] = 0
  }
  const sid = present[sidName] as string | undefined
  return { ...present, columns: { ...defaults.columns, ...options.columns, ...(sid && { sid }) } }
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

function logCleanupError(error: Error): void {
  if ((error as { code?: unknown }).code !== 'ERR_CONNECTION')
    console.error(withNote(error, 'expired sessions stay in the table until the next try'))
}

function logOutage({ message }: Outage): void {
  console.warn(message)
}
