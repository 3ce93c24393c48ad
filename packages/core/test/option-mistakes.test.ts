import { runInNewContext } from 'node:vm'
import createKnex from 'knex'
import { resolveOptions } from '../src/store/options/resolve.js'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
afterAll(() => knex.destroy())

/** A pool of a driver, which has a class and methods. */
class BoundPool {
  readonly password = 'hunter2'
  connect(): void {}
  query(): void {}
}

function messageOf(options: unknown): string {
  try {
    resolveOptions(options)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION' })
    return (error as Error).message
  }
  throw new Error('the options were taken')
}

describe('what was given in place of the options says what to write', () => {
  it.each<[string, unknown, string]>([
    ['a knex instance', knex, 'write `new KnexSessionStore({ knex })`'],
    [
      'a URL',
      'postgres://web:hunter2@127.0.0.1/shop',
      'write `new KnexSessionStore({ knex: createKnex({ client, connection }) })`',
    ],
    [
      'a knex configuration',
      { client: 'pg', connection: 'hunter2' },
      'write `knex: createKnex({ client, connection })`',
    ],
    ['a promise', Promise.resolve({ knex }), 'got a promise: await it'],
    [
      'a pool',
      new BoundPool(),
      'write `new KnexSessionStore({ knex: createKnex({ client, connection }) })`',
    ],
    ['null', null, 'expected an object with options, got null'],
    [
      'the function of the package',
      createKnex,
      'got a function: write `new KnexSessionStore({ knex: createKnex(',
    ],
    ['a function', () => 1, 'got a function: write `new KnexSessionStore({ knex: createKnex('],
    ['a Map', new Map([['ttl', 1]]), 'expected an object with options, got a Map: write'],
    ['an array', [{ ttl: 1 }], 'expected an object with options, got an array: write'],
    ['a URL object', new URL('postgres://web:hunter2@127.0.0.1/shop'), 'got a URL: write'],
    ['a Date', new Date(), 'got a Date: write `new KnexSessionStore({ knex'],
    ['a RegExp', /hunter2/, 'got a RegExp: write'],
    ['an Error', new Error('hunter2'), 'got an Error: write'],
    [
      'an object of a class',
      new (class Settings {
        readonly tableName = 'hunter2'
      })(),
      'got a Settings: write',
    ],
    [
      'what only inherits its options',
      Object.create({ tableName: 'hunter2' }),
      'got an object that inherits: write',
    ],
    ['a port', { port: 5432 }, "that is part of knex's `connection`"],
    ['a user', { user: 'ann' }, "that is part of knex's `connection`"],
    ['a password', { password: 'hunter2' }, "that is part of knex's `connection`"],
  ])('%s', (_, given, advice) => {
    const message = messageOf(given)
    expect(message).toContain(advice)
    expect(message).not.toContain('hunter2')
  })
})

it('takes an object without a prototype for options', () => {
  const options = Object.assign(Object.create(null) as object, { tableName: 'a' })
  expect(resolveOptions(options).tableName).toBe('a')
})

it('takes an object of another realm for options', () => {
  const options: unknown = runInNewContext(`({ tableName: 'a' })`)
  expect(resolveOptions(options).tableName).toBe('a')
})

describe('what was given in place of a knex instance says what to write', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'is undefined: is its import wrong?'],
    ['null', null, 'got null'],
    ['a promise', Promise.resolve(knex), 'got a promise: await it'],
    [
      'the function of the package',
      createKnex,
      'got a function: call it, as in `knex: createKnex({ client, connection })`',
    ],
    [
      'a configuration',
      { client: 'pg', connection: 'hunter2' },
      'got a configuration of knex: write `knex: createKnex({ client, connection })`',
    ],
    [
      'a pool',
      new BoundPool(),
      'got a BoundPool, which knex does not work on: write `knex: createKnex({ client, connection })`',
    ],
    [
      'a URL',
      'postgres://web:hunter2@127.0.0.1/shop',
      'got a string: write `knex: createKnex({ client, connection })`',
    ],
  ])('%s', (_, given, advice) => {
    const message = messageOf({ knex: given })
    expect(message).toContain(advice)
    expect(message).not.toContain('hunter2')
  })
})

describe('a value of another type says what it is, and quotes none that may be secret', () => {
  it.each<[object, string]>([
    [{ cleanupInterval: '60000' }, `got the string '60000': write a number, without quotes`],
    [{ timeout: '1e4' }, `got the string '1e4': write a number, without quotes`],
    [{ maxQueue: true }, 'got true'],
    [{ maxQueue: 1.5 }, 'got 1.5'],
    [{ createTable: 'false' }, `got the string 'false': write it without quotes`],
    [{ ttl: '1d' }, 'got a string'],
    [{ ttl: null }, 'got null'],
    [{ tableName: ['hunter2'] }, 'got an array'],
    [{ tableName: '' }, 'got an empty string'],
    [{ tableName: 'hunter2', clock: new Date() }, 'got a Date'],
    [
      { batch: { lanes: '2' } },
      `\`lanes\`: expected a whole number of at least 1, got the string '2': write a number, without quotes`,
    ],
    [{ batch: 4 }, 'got 4'],
    [{ serializer: { secret: 'hunter2' } }, 'got an object'],
  ])('%j', (options, given) => {
    const message = messageOf(options)
    expect(message).toContain(given)
    expect(message).not.toMatch(/hunter2|1d|got.*got/)
  })
})

describe('a clock that is none says what to write', () => {
  it.each([
    ['the class', Date, 'got the class Date: write `clock: () => Date.now()`'],
    ['an object with `now`', performance, 'got a Performance: write `clock: () => it.now()`'],
    ['a Date', new Date(), 'expected a function that returns milliseconds, got a Date'],
    ['a number', 12, 'expected a function that returns milliseconds, got 12'],
  ])('%s', (_, clock, advice) => {
    expect(messageOf({ clock })).toContain(advice)
  })
})

describe('an option of another store names the one that stands for it', () => {
  it.each([
    ['createTableIfMissing', '`createTable`'],
    ['createDatabaseTable', '`createTable`'],
    ['table', '`tableName`'],
    ['schema', '`tableName`, `schemaName`'],
    ['prune', '`cleanupInterval`'],
    ['clearExpired', '`cleanupInterval`'],
    ['reapInterval', '`cleanupInterval`, in ms'],
    ['touchAfter', '`touchInterval`, in ms'],
    ['pruneSessionInterval', '`cleanupInterval`, in ms'],
    ['checkExpirationInterval', '`cleanupInterval`, in ms'],
    ['expiration', '`ttl`, in ms'],
    ['pool', '`knex: createKnex('],
    ['conString', '`knex: createKnex('],
    ['conObject', '`knex: createKnex('],
    ['prefix', 'none'],
    ['errorLog', '`onCleanupError`'],
    ['disableTouch', '`touchInterval`'],
    ['url', '`knex: createKnex('],
    ['uri', '`knex: createKnex('],
    ['host', '`knex: createKnex('],
    ['database', '`knex: createKnex('],
    ['db', '`knex: createKnex('],
    ['filename', "`knex: createKnex({ client: 'better-sqlite3', connection: { filename }"],
    ['client', '`knex: createKnex('],
    ['connection', '`knex: createKnex('],
    ['connectionPool', '`knex: createKnex({ client, connectionPool })`'],
    ['maxAge', '`ttl`, in ms, is for cookies without one'],
  ])('%s: %s', (name, present) => {
    expect(messageOf({ [name]: 'hunter2' })).toContain(
      `option \`${name}\`: there is no such option`,
    )
    expect(messageOf({ [name]: 'hunter2' })).toContain(present)
    expect(messageOf({ [name]: 'hunter2' })).not.toContain('hunter2')
  })
})
