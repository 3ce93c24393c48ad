import { SessionStoreError } from '../errors.js'
import type { ColumnCodec, CompleteCodec, DialectAdapter, DialectSpec } from './adapter.js'
import type { StatementLimits } from './statement.js'

const defaultLimits: StatementLimits = { rows: 100, sids: 500, bytes: 655_360 }

const requiredFunctions = ['quoteIdentifier', 'createTable', 'upsert', 'classify'] as const
const optionalFunctions = ['errorCode', 'touch', 'defaultKnexConfig'] as const

/**
 * Makes an adapter out of its specification: checks every member, fills the defaults and freezes it.
 * Throws a {@link SessionStoreError} with code `ERR_INVALID_DIALECT` that names the member that is missing or wrong.
 */
export function defineDialect(spec: DialectSpec): DialectAdapter {
  if (typeof spec !== 'object' || (spec as unknown) === null) throw invalid('unnamed', 'a specification object')
  const name = spec.name
  if (typeof name !== 'string' || name === '') throw invalid('unnamed', 'a non-empty string `name`')
  if (!Array.isArray(spec.clients) || spec.clients.length === 0 || !spec.clients.every(isName)) {
    throw invalid(name, '`clients`: a non-empty array of knex client names')
  }
  for (const member of requiredFunctions) {
    if (typeof spec[member] !== 'function') throw invalid(name, `a function \`${member}\``)
  }
  for (const member of optionalFunctions) {
    if (spec[member] !== undefined && typeof spec[member] !== 'function') throw invalid(name, `\`${member}\` to be a function or absent`)
  }
  if (spec.read !== undefined && !hasFunctions(spec.read, 'statement', 'rows')) {
    throw invalid(name, '`read.statement` and `read.rows` to be functions')
  }
  if (spec.destroy !== undefined && !hasFunctions(spec.destroy, 'statement', 'removed')) {
    throw invalid(name, '`destroy.statement` and `destroy.removed` to be functions')
  }
  if (spec.existing !== undefined && !hasFunctions(spec.existing, 'statement', 'sids')) {
    throw invalid(name, '`existing.statement` and `existing.sids` to be functions')
  }
  if (spec.destroyExpired !== undefined && !hasFunctions(spec.destroyExpired, 'statement', 'removed')) {
    throw invalid(name, '`destroyExpired.statement` and `destroyExpired.removed` to be functions')
  }
  if (spec.prune !== undefined && !hasFunctions(spec.prune, 'statement', 'outcome')) {
    throw invalid(name, '`prune.statement` and `prune.outcome` to be functions')
  }
  if (spec.unlocked !== undefined && !hasFunctions(spec.unlocked, 'statement', 'sids')) {
    throw invalid(name, '`unlocked.statement` and `unlocked.sids` to be functions')
  }
  if (spec.driver !== undefined && !hasFunctions(spec.driver, 'knows', 'end')) {
    throw invalid(name, '`driver.knows` and `driver.end` to be functions')
  }
  for (const member of ['run', 'ownClient', 'cancel', 'rollback', 'backend'] as const) {
    if (spec.driver?.[member] !== undefined && !hasFunctions(spec.driver, member)) {
      throw invalid(name, `\`driver.${member}\` to be a function or absent`)
    }
  }
  if (spec.inspect !== undefined && !hasFunctions(spec.inspect, 'statements', 'read')) {
    throw invalid(name, '`inspect.statements` and `inspect.read` to be functions')
  }
  if (spec.tableExists !== undefined && !hasFunctions(spec.tableExists, 'statement', 'read')) {
    throw invalid(name, '`tableExists.statement` and `tableExists.read` to be functions')
  }
  if (spec.commits !== undefined && !(typeof spec.commits.statement.sql === 'string' && hasFunctions(spec.commits, 'read'))) {
    throw invalid(name, '`commits.statement` to be a statement and `commits.read` a function')
  }
  if (spec.probe !== undefined && !(typeof spec.probe.statement.sql === 'string' && hasFunctions(spec.probe, 'read'))) {
    throw invalid(name, '`probe.statement` to be a statement and `probe.read` a function')
  }
  if (spec.statementOptions !== undefined && (typeof spec.statementOptions !== 'object' || (spec.statementOptions as unknown) === null)) {
    throw invalid(name, '`statementOptions` to be an object or absent')
  }
  if (spec.sidParameter !== undefined) checkParameter(name, 'sidParameter', spec.sidParameter)
  if (spec.exactSid !== undefined && !(hasFunctions(spec.exactSid, 'column') && typeof spec.exactSid.parameter === 'string')) {
    throw invalid(name, '`exactSid.column` to be a function and `exactSid.parameter` a string')
  }
  for (const member of ['encode', 'among'] as const) {
    if (spec.exactSid?.[member] !== undefined && !hasFunctions(spec.exactSid, member))
      throw invalid(name, `\`exactSid.${member}\` to be a function or absent`)
  }
  return Object.freeze({
    ...withoutUndefined(spec),
    apiVersion: 1,
    clients: Object.freeze(Array.from<string>(spec.clients)),
    json: completeCodec(name, 'json', spec.json),
    timestamp: completeCodec(name, 'timestamp', spec.timestamp),
    limits: completeLimits(name, spec.limits),
  } as const)
}

/** The members that are there, whichever they are. */
function withoutUndefined(spec: DialectSpec): Omit<DialectAdapter, 'json' | 'timestamp' | 'limits'> {
  return Object.fromEntries(Object.entries(spec).filter(([, member]) => member !== undefined)) as unknown as DialectAdapter
}

function completeCodec<Value>(name: string, member: string, codec: ColumnCodec<Value>): CompleteCodec<Value> {
  if (typeof codec !== 'object' || !hasFunctions(codec, 'encode', 'decode')) {
    throw invalid(name, `\`${member}\` with the functions \`encode\` and \`decode\``)
  }
  const parameter = codec.parameter ?? '?'
  checkParameter(name, `${member}.parameter`, parameter)
  return Object.freeze({
    encode: (value: Value) => codec.encode(value),
    decode: (cell: unknown) => codec.decode(cell),
    parameter,
    select: (column: string) => codec.select?.(column) ?? column,
  })
}

function checkParameter(name: string, member: string, parameter: unknown): void {
  if (typeof parameter !== 'string' || parameter.split('?').length !== 2) {
    throw invalid(name, `\`${member}\` to hold exactly one placeholder \`?\``)
  }
}

function completeLimits(name: string, limits: Partial<StatementLimits> = {}): StatementLimits {
  const complete = { ...defaultLimits, ...limits }
  for (const [member, value] of Object.entries(complete)) {
    if (!Number.isSafeInteger(value) || value < 1) throw invalid(name, `\`limits.${member}\` to be a whole number of at least 1`)
  }
  return Object.freeze(complete)
}

function hasFunctions<Member extends object>(member: Member, ...names: readonly (keyof Member)[]): boolean {
  return names.every((name) => typeof member[name] === 'function')
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function invalid(name: string, expected: string): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_INVALID_DIALECT',
    dialect: name,
    message: `the dialect is not complete: expected ${expected}; see docs/writing-an-adapter.md`,
  })
}
