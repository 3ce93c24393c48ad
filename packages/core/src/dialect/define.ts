import { nearest, SessionStoreError } from '../errors.js'
import type { DialectAdapter, DialectSpec } from './adapter.js'
import type { StatementLimits } from './queries.js'
import type { ColumnCodec, CompleteCodec } from './values/values.js'

const defaultLimits: StatementLimits = { rows: 100, sids: 500, bytes: 655_360 }

const requiredFunctions = ['quoteIdentifier', 'createTable', 'upsert', 'classify'] as const

type Group = Readonly<Record<string, unknown>>

/** The functions of a member that has several. */
const parts = { query: ['statement', 'answer'], queries: ['statements', 'answer'] } as const

/** What each member of a group has to be. */
const groups: Readonly<
  Record<
    string,
    Readonly<Record<string, 'required function' | 'function' | 'value' | keyof typeof parts>>
  >
> = {
  limits: { rows: 'value', sids: 'value', bytes: 'value' },
  exactSid: {
    column: 'function',
    parameter: 'value',
    encode: 'function',
    among: 'function',
    plainParameter: 'value',
  },
  queries: {
    read: 'query',
    update: 'query',
    insert: 'query',
    touch: 'query',
    destroy: 'query',
    exists: 'query',
    prune: 'query',
    destroyExpired: 'query',
    skipLocked: 'query',
  },
  driver: {
    accepts: 'required function',
    destroy: 'required function',
    options: 'value',
    run: 'function',
    ownClient: 'function',
    rollback: 'function',
    cancelQuery: 'function',
    identifyBackend: 'function',
  },
  server: {
    probe: 'query',
    inspect: 'queries',
    rights: 'queries',
    tableExists: 'query',
    commits: 'query',
    errorCode: 'function',
    embedded: 'function',
  },
}

const known = [
  'apiVersion',
  'name',
  'clients',
  ...requiredFunctions,
  'addColumns',
  'json',
  'timestamp',
  'times',
  ...Object.keys(groups),
]

/**
 * Makes an adapter from its specification: checks every member, fills in the defaults and freezes
 * the result. Throws a {@link SessionStoreError} with code `ERR_INVALID_DIALECT` that names the
 * member that is missing, wrong or unknown.
 */
export function defineDialect(spec: DialectSpec): DialectAdapter {
  if (typeof spec !== 'object' || (spec as unknown) === null)
    throw invalid('unnamed', 'a specification object')
  const name = spec.name
  if (typeof name !== 'string' || name === '') throw invalid('unnamed', 'a non-empty string `name`')
  if (!Array.isArray(spec.clients) || spec.clients.length === 0 || !spec.clients.every(isName)) {
    throw invalid(name, '`clients`: a non-empty array of knex client names')
  }
  for (const member of requiredFunctions) {
    if (typeof spec[member] !== 'function') throw invalid(name, `a function \`${member}\``)
  }
  if (spec.addColumns !== undefined && typeof spec.addColumns !== 'function')
    throw invalid(name, '`addColumns` to be a function or absent')
  const given = withoutUndefined(spec as unknown as Group)
  for (const member of Object.keys(given)) if (!known.includes(member)) throw unknown(name, member)
  const checked = Object.keys(groups).map(
    (group) => [group, checkedGroup(name, group, given[group])] as const,
  )
  checkExactSid(name, spec.exactSid)
  return Object.freeze({
    ...given,
    ...withoutUndefined(Object.fromEntries(checked)),
    apiVersion: 2,
    clients: Object.freeze(Array.from<string>(spec.clients)),
    json: completeCodec(name, 'json', spec.json),
    timestamp: completeCodec(name, 'timestamp', spec.timestamp),
    times: Object.fromEntries(
      Object.entries(spec.times ?? {}).map(([type, codec]) => [
        type,
        completeCodec(name, `times.${type}`, codec),
      ]),
    ),
    limits: completeLimits(name, spec.limits),
  }) as unknown as DialectAdapter
}

/** A group without the members that are undefined. */
function checkedGroup(name: string, group: string, given: unknown): Group | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'object' || given === null)
    throw invalid(name, `\`${group}\` to be an object or absent`)
  const members = withoutUndefined(given as Group)
  const kinds = groups[group] ?? {}
  for (const member of Object.keys(members))
    if (!Object.hasOwn(kinds, member)) throw unknown(name, member, group)
  for (const [member, kind] of Object.entries(kinds)) {
    const value = members[member]
    const path = `\`${group}.${member}\``
    if (kind === 'required function' && typeof value !== 'function')
      throw invalid(name, `a function ${path}`)
    if (kind === 'value' || value === undefined) continue
    if (kind === 'function' && typeof value !== 'function')
      throw invalid(name, `${path} to be a function or absent`)
    if (kind === 'query' || kind === 'queries') {
      for (const part of parts[kind])
        if (!hasFunctions(value as Group, part))
          throw invalid(name, `a function \`${group}.${member}.${part}\``)
    }
  }
  return Object.freeze(members)
}

function checkExactSid(name: string, exactSid: DialectSpec['exactSid']): void {
  if (exactSid === undefined) return
  if (exactSid.plainParameter !== undefined)
    checkParameter(name, 'exactSid.plainParameter', exactSid.plainParameter)
  const { column, parameter } = exactSid as unknown as Group
  if (
    (column === undefined && exactSid.plainParameter === undefined) ||
    (column !== undefined && typeof parameter !== 'string')
  ) {
    throw invalid(name, '`exactSid.column` to be a function and `exactSid.parameter` a string')
  }
}

/** The members that are there, whichever they are. */
function withoutUndefined(members: Group): Group {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined))
}

function completeCodec<Value>(
  name: string,
  member: string,
  codec: ColumnCodec<Value>,
): CompleteCodec<Value> {
  if (!hasFunctions(codec, 'encode', 'decode')) {
    throw invalid(name, `\`${member}\` with the functions \`encode\` and \`decode\``)
  }
  const parameter = codec.parameter ?? '?'
  checkParameter(name, `${member}.parameter`, parameter)
  return Object.freeze({
    ...codec,
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
  const complete = { ...defaultLimits, ...withoutUndefined(limits) }
  for (const [member, value] of Object.entries(complete)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw invalid(name, `\`limits.${member}\` to be a whole number of at least 1`)
  }
  return Object.freeze(complete)
}

function hasFunctions<Member extends object>(
  member: Member,
  ...names: readonly (keyof Member)[]
): boolean {
  return (
    typeof member === 'object' &&
    (member as unknown) !== null &&
    names.every((name) => typeof member[name] === 'function')
  )
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/** Names the group that a member belongs in, or the member that is meant most likely. */
function unknown(name: string, member: string, group?: string): SessionStoreError {
  const path = (each: string) => (group === undefined ? each : `${group}.${each}`)
  const home = Object.keys(groups).find(
    (each) => each !== group && Object.hasOwn(groups[each] ?? {}, member),
  )
  const close = nearest(member, group === undefined ? known : Object.keys(groups[group] ?? {}))
  const meant = home === undefined ? close && path(close) : `${home}.${member}`
  return invalid(
    name,
    `no member \`${path(member)}\`${meant === undefined ? '' : `: did you mean \`${meant}\`?`}`,
  )
}

function invalid(name: string, expected: string): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_INVALID_DIALECT',
    dialect: name,
    message: `the dialect is not complete: expected ${expected}`,
  })
}
