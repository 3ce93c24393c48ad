import type { DialectSpec } from '../src/dialect/index.js'
import { defineDialect } from '../src/dialect/define.js'
import { dialectOf, registerDialect, registeredDialects } from '../src/dialect/registry.js'

function spec(overrides: Partial<DialectSpec> = {}): DialectSpec {
  return {
    name: 'first',
    clients: ['first-client'],
    quoteIdentifier: (name) => name,
    createTable: () => [],
    upsert: () => ({ sql: '', bindings: [] }),
    json: { encode: (text) => text, decode: String },
    timestamp: { encode: (at) => at, decode: (cell) => cell as never },
    classify: () => 'other',
    ...overrides,
  }
}

function withClient(client: object) {
  return { client }
}

const touch = { statement: () => ({ sql: 'update', bindings: [] }), answer: () => undefined }

describe('registry', () => {
  const first = registerDialect(defineDialect(spec()))

  it.each([
    ['config.client', { config: { client: 'first-client' } }],
    [
      'driverName, when the client is a class',
      { config: { client: class {} }, driverName: 'first-client' },
    ],
    [
      'dialect, when nothing else is known',
      { config: {}, driverName: 'of-my-own', dialect: 'first-client' },
    ],
  ])('finds an adapter by %s', (_, client) => {
    expect(dialectOf(withClient(client))).toBe(first)
  })

  it('says what to install and import for a client without an adapter', () => {
    expect(() => dialectOf(withClient({ config: { client: 'pg' } }))).toThrow(
      /npm install @knex-session\/dialect-postgres` and add `import '@knex-session\/dialect-postgres'`/,
    )
    expect(() => dialectOf(withClient({ config: { client: 'mine' } }))).toThrow(
      /'mine'.*option `dialect`/,
    )
  })

  it('takes a second copy of one adapter for the first', () => {
    expect(registerDialect(defineDialect(spec()))).toBe(first)
    expect(registeredDialects()).toEqual([first])
  })

  it('refuses another adapter for a client that is taken, and takes none of its names', () => {
    const other = defineDialect(spec({ name: 'other', clients: ['free-client', 'first-client'] }))
    expect(() => registerDialect(other)).toThrow(/'first-client' has the dialect 'first' already/)
    expect(() => dialectOf(withClient({ config: { client: 'free-client' } }))).toThrow(
      /no dialect is registered/,
    )
  })

  it('is shared by every copy of core in the process', () => {
    const shared = (globalThis as Record<symbol, unknown>)[Symbol.for('@knex-session/dialects@2')]
    expect(shared).toBeInstanceOf(Map)
    expect((shared as Map<string, unknown>).get('first-client')).toBe(first)
  })
})

describe('defineDialect', () => {
  it('fills the defaults and freezes the adapter', () => {
    const adapter = defineDialect(spec())
    expect(adapter.apiVersion).toBe(2)
    expect(adapter.limits).toEqual({ rows: 100, sids: 500, bytes: 655_360 })
    expect(adapter.json.parameter).toBe('?')
    expect(adapter.timestamp.select('"expired"')).toBe('"expired"')
    expect(
      [adapter, adapter.json, adapter.timestamp, adapter.limits, adapter.clients].every(
        Object.isFrozen,
      ),
    ).toBe(true)
  })

  it('makes an adapter of another, without the members that are undefined', () => {
    const first = defineDialect({ ...spec(), queries: { touch }, limits: { rows: 7 } })
    const second = defineDialect({
      ...first,
      name: 'second',
      queries: { touch: undefined },
      driver: undefined,
      limits: undefined,
    })
    expect(second).toMatchObject({
      name: 'second',
      apiVersion: 2,
      limits: { rows: 100, sids: 500, bytes: 655_360 },
    })
    expect(second.queries).toEqual({})
    expect(second).not.toHaveProperty('driver')
  })

  it.each([
    ['classfy', { classfy: () => 'other' }, 'classify'],
    ['touch', { touch: () => undefined }, 'queries.touch'],
    ['tableExists', { tableExists: {} }, 'server.tableExists'],
    ['queries.skipLoked', { queries: { skipLoked: {} } }, 'queries.skipLocked'],
    ['queries.probe', { queries: { probe: {} } }, 'server.probe'],
    ['driver.accept', { driver: { accept: () => true } }, 'driver.accepts'],
    ['limits.row', { limits: { row: 7 } }, 'limits.rows'],
  ])('names a member that is not known, and the one that is meant: %s', (member, wrong, meant) => {
    expect(() => defineDialect({ ...spec(), ...wrong } as unknown as DialectSpec)).toThrow(
      `no member \`${member}\`: did you mean \`${meant}\`?`,
    )
  })

  it('names a member that is like none', () => {
    expect(() => defineDialect({ ...spec(), quite: 'another' } as unknown as DialectSpec)).toThrow(
      'no member `quite`\n',
    )
  })

  it.each([
    ['name', { name: '' }],
    ['clients', { clients: [] }],
    ['createTable', { createTable: undefined }],
    ['upsert', { upsert: 'insert' }],
    ['classify', { classify: undefined }],
    ['json', { json: {} }],
    ['timestamp.parameter', { timestamp: { ...spec().timestamp, parameter: 'now()' } }],
    ['limits.rows', { limits: { rows: 0 } }],
    ['limits.bytes', { limits: { bytes: 0.5 } }],
    ['queries', { queries: 1 }],
    ['queries.touch.statement', { queries: { touch: 1 } }],
    ['queries.read.statement', { queries: { read: {} } }],
    ['queries.skipLocked.statement', { queries: { skipLocked: { answer: () => [] } } }],
    [
      'queries.destroy.answer',
      { queries: { destroy: { statement: () => ({ sql: '', bindings: [] }) } } },
    ],
    ['server.inspect.answer', { server: { inspect: { statements: () => [] } } }],
    ['server.errorCode', { server: { errorCode: 7 } }],
    ['driver.accepts', { driver: { run: () => undefined } }],
    ['driver.run', { driver: { accepts: () => true, destroy: () => undefined, run: 1 } }],
    [
      'server.probe.statement',
      { server: { probe: { statement: { sql: 'select 1', bindings: [] }, answer: () => ({}) } } },
    ],
    ['exactSid', { exactSid: { parameter: '?' } }],
    ['server.embedded', { server: { embedded: {} } }],
  ])('names a member that is missing or wrong: %s', (member, wrong) => {
    expect(() => defineDialect({ ...spec(), ...wrong } as unknown as DialectSpec)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_DIALECT' }) as Error,
    )
    expect(() => defineDialect({ ...spec(), ...wrong } as unknown as DialectSpec)).toThrow(
      new RegExp(`\`${member}`),
    )
  })
})
