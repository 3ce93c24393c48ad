import { KnexSessionStore } from '@knex-session/core'
import { knexConfigFromUrl } from '@knex-session/dialect-testkit'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { format, type SqlValue } from 'mysql2'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'

/** A column as drivers hand it to a `typeCast` of the application's. */
interface Field {
  readonly type: string
  string(): string | null
  buffer(): Buffer | null
}
type Cast = (field: Field, next: () => unknown) => unknown

const text: Cast = (field) => field.string()
const bytes: Cast = (field) => field.buffer()
const other: Cast = () => ({ not: 'what it was' })
const numbers: Cast = (field, next) =>
  field.type === 'VAR_STRING' ? Number(field.string()) : next()

/** What an application may set on its driver. */
const settings: Readonly<Record<'mysql2' | 'mysql' | 'mariadb', Readonly<Record<string, object>>>> =
  {
    mysql2: {
      nothing: {},
      'typeCast: field.string()': { typeCast: text },
      'typeCast: field.buffer()': { typeCast: bytes },
      'typeCast of other values': { typeCast: other },
      'typeCast of numbers': { typeCast: numbers },
      'typeCast: false': { typeCast: false },
      rowsAsArray: { rowsAsArray: true },
      nestTables: { nestTables: true },
      'nestTables by a separator': { nestTables: '_' },
      dateStrings: { dateStrings: true },
      'supportBigNumbers, bigNumberStrings': { supportBigNumbers: true, bigNumberStrings: true },
      decimalNumbers: { decimalNumbers: true },
      jsonStrings: { jsonStrings: true },
      namedPlaceholders: { namedPlaceholders: true },
      timezone: { timezone: '+05:30' },
      charset: { charset: 'latin1' },
      stringifyObjects: { stringifyObjects: true },
      flags: { flags: ['-FOUND_ROWS'] },
      'disableEval, typeCast': { disableEval: true, typeCast: text },
      multipleStatements: { multipleStatements: true },
      queryFormat: { queryFormat: format },
    },
    mysql: {
      nothing: {},
      'typeCast: field.string()': { typeCast: text },
      'typeCast: false': { typeCast: false },
      'supportBigNumbers, bigNumberStrings': { supportBigNumbers: true, bigNumberStrings: true },
      dateStrings: { dateStrings: true },
      timezone: { timezone: '+05:30' },
      charset: { charset: 'LATIN1_SWEDISH_CI' },
      queryFormat: { queryFormat: format },
    },
    mariadb: {
      nothing: {},
      'typeCast: field.string()': { typeCast: text },
      'typeCast: field.buffer()': { typeCast: bytes },
      'typeCast of other values': { typeCast: other },
      rowsAsArray: { rowsAsArray: true },
      nestTables: { nestTables: true },
      'nestTables by a separator': { nestTables: '_' },
      metaAsArray: { metaAsArray: true },
      dateStrings: { dateStrings: true },
      'numbers of other types': {
        bigIntAsNumber: true,
        decimalAsNumber: true,
        insertIdAsNumber: true,
        checkNumberRange: true,
      },
      autoJsonMap: { autoJsonMap: false },
      jsonStrings: { jsonStrings: true },
      namedPlaceholders: { namedPlaceholders: true },
      timezone: { timezone: '+05:30' },
      permitSetMultiParamEntries: { permitSetMultiParamEntries: true },
      supportBigNumbers: { supportBigNumbers: true, bigNumberStrings: true },
    },
  }

async function asksForNewerLogin(): Promise<boolean> {
  const knex = connectBy('mysql2')({ connections: 1 })
  const [[server]] = (await knex.raw('select version() as version')) as [[{ version: string }]]
  await knex.destroy()
  return !/mariadb|^5\./i.test(server.version)
}

const cases = Object.entries(settings).flatMap(([client, each]) =>
  Object.keys(each).map((name) => [client, name] as const),
)
const later = Date.now() + 3_600_000
const contents = { name: 'Zoë 🙂', price: 0.1, list: [1, '1', null] }
const session = (more: object) =>
  ({
    cookie: { originalMaxAge: 3_600_000, expires: new Date(later).toISOString() },
    ...more,
  }) as unknown as SessionData

describe.each(cases)('by the driver %s with the option %s', (client, name) => {
  let plain: Knex
  let knex: Knex
  let tableName: string

  beforeAll(async () => {
    plain = connectBy('mysql2')({ connections: 1 })
    const { connection } = knexConfigFromUrl(process.env['MYSQL_URL'] ?? '', { client })
    const more = {
      ...(settings[client as 'mysql2'][name] ?? {}),
      ...(client === 'mariadb' ? { allowPublicKeyRetrieval: true } : {}),
    }
    knex = createKnex({
      client,
      connection: { ...(connection as object), ...more } as Knex.StaticConnectionConfig,
      pool: { min: 0, max: 2 },
    })
    tableName = `options_${String(process.pid)}_${client}_${name.replace(/\W+/g, '')}`
    await new KnexSessionStore({ knex: plain, dialect: adapter, tableName, cleanupInterval: 0 })
      .ready
  })

  afterAll(async () => {
    await knex.destroy()
    await plain.schema.dropTableIfExists(tableName)
    await plain.destroy()
  })

  const ways = [
    ['by the driver', {}],
    ['by knex', { preparedStatements: false }],
    ['one by one', { batch: false }],
  ] as const

  it.each(ways)('every call gives what was stored, or fails: %s', async (_, options) => {
    const store = new KnexSessionStore({
      knex,
      dialect: adapter,
      tableName,
      cleanupInterval: 0,
      ...options,
    })
    // The driver mysql does not know how newer servers log in.
    if (client === 'mysql' && (await asksForNewerLogin()))
      return expect(store.set('ours', session(contents))).rejects.toThrow('connect')
    await store.set('ours', session(contents))
    await plain(tableName).insert({
      sid: 'theirs',
      sess: JSON.stringify(session(contents)),
      expired: new Date(later).toISOString().slice(0, 19).replace('T', ' '),
    })
    expect(await Promise.all([store.get('ours'), store.get('theirs')])).toMatchObject([
      contents,
      contents,
    ])
    await store.touch('theirs', session({}))
    expect(await store.all()).toMatchObject([contents, contents])
    expect(await store.length()).toBe(2)
    await store.set('theirs', (await store.get('theirs'))!)
    const [stored] = await plain(tableName)
      .where({ sid: 'theirs' })
      .select(plain.raw('cast(sess as char character set utf8mb4) as text'))
    expect(JSON.parse((stored as { text: string }).text)).toMatchObject(contents)
    await store.set('over', session({ cookie: { expires: new Date(0).toISOString() } }))
    expect(await store.prune()).toBe(1)
    expect(
      await Promise.all(['ours', 'theirs', 'nobody'].map((sid) => store.destroy(sid))),
    ).toEqual([1, 1, 0])
    await store.close()
  })
})

/**
 * Ways to put values into a statement that an application may have by `queryFormat`; none gives
 * back every value as it was.
 */
const formats: Readonly<Record<string, (sql: string, values: readonly SqlValue[]) => string>> = {
  'one after the other': (sql, values) =>
    values.reduce<string>((text, value) => text.replace('?', format('?', [value])), sql),
  'without a backslash': (sql, values) =>
    format(
      sql,
      values.map((value) => (typeof value === 'string' ? value.replaceAll('\\', '') : value)),
    ),
  'without escapes': (sql, values) =>
    values.reduce<string>(
      (text, value) =>
        text.replace('?', () => (typeof value === 'string' ? `'${value}'` : format('?', [value]))),
      sql,
    ),
  'without values': (sql) => sql,
  'without blanks': (sql, values) =>
    format(
      sql,
      values.map((value) => (typeof value === 'string' ? value.trim() : value)),
    ),
}

describe('where the driver does not send values as they are', () => {
  const knex = connectBy('mysql2')({ connections: 1 })
  const tableName = `formats_${String(process.pid)}`
  beforeAll(
    () => new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0 }).ready,
  )
  afterAll(async () => {
    await knex.schema.dropTableIfExists(tableName)
    await knex.destroy()
  })

  const asConnected = (more: object, setting?: string) => {
    const { connection } = knexConfigFromUrl(process.env['MYSQL_URL'] ?? '', { client: 'mysql2' })
    const afterCreate = (
      raw: { query(sql: string, done: (error: unknown) => void): void },
      done: (error: unknown, raw: unknown) => void,
    ) => {
      raw.query(`set session ${setting ?? ''}`, (error) => done(error, raw))
    }
    const pool = { min: 0, max: 2, ...(setting === undefined ? {} : { afterCreate }) }
    return createKnex({
      client: 'mysql2',
      connection: { ...(connection as object), ...more } as Knex.StaticConnectionConfig,
      pool,
    })
  }

  it.each(Object.keys(formats))('no store works: queryFormat %s', async (name) => {
    const own = asConnected({ queryFormat: formats[name] })
    await expect(
      new KnexSessionStore({ knex: own, dialect: adapter, tableName, cleanupInterval: 0 }).ready,
    ).rejects.toThrow(/queryFormat/)
    await own.destroy()
  })

  it('no store works: the sql_mode has NO_BACKSLASH_ESCAPES', async () => {
    const own = asConnected({}, "sql_mode = 'NO_BACKSLASH_ESCAPES'")
    await expect(
      new KnexSessionStore({ knex: own, dialect: adapter, tableName, cleanupInterval: 0 }).ready,
    ).rejects.toThrow(/NO_BACKSLASH_ESCAPES/)
    await own.destroy()
  })

  it.each([0, 1, 3, 1_000])('no store works: sql_select_limit = %s', async (limit) => {
    const own = asConnected({}, `sql_select_limit = ${String(limit)}`)
    await expect(
      new KnexSessionStore({ knex: own, dialect: adapter, tableName, cleanupInterval: 0 }).ready,
    ).rejects.toThrow(/sql_select_limit.*default/)
    await own.destroy()
  })
})
