import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import createKnex, { type Knex } from 'knex'
import { uniqueTable } from '../rig/servers/databases.js'

const user = uniqueTable('user')
const tableName = uniqueTable('mistaken')
const quiet = { log: { warn: () => undefined, error: () => undefined } }

/** A database of the tests' server, for another user than the tests'. */
function connect(
  client: string,
  variable: string,
  change: (url: URL) => void = () => undefined,
): Knex {
  const url = new URL(process.env[variable] ?? '')
  url.username = user
  url.password = 'secret'
  change(url)
  return createKnex({ client, connection: url.href, pool: { min: 0, max: 2 }, ...quiet })
}

const admins: Knex[] = []
const lines: string[] = []

beforeAll(async () => {
  const postgres = createKnex({
    client: 'pg',
    connection: process.env['PG_URL'] ?? '',
    pool: { min: 0, max: 1 },
  })
  const mariadb = createKnex({
    client: 'mysql2',
    connection: process.env['MYSQL_URL'] ?? '',
    pool: { min: 0, max: 1 },
  })
  admins.push(postgres, mariadb)
  await postgres.raw(`create role ${user} login password 'secret'`)
  await postgres.raw('revoke create on schema public from public')
  await mariadb.raw(`create user ${user} identified by 'secret'`)
  for (const admin of admins) {
    await admin.raw(
      `create table ${tableName} (sid varchar(255) primary key, data text, expire integer)`,
    )
    await admin.raw(
      `create table ${tableName}_ungranted (sid varchar(255) primary key, sess text, expired timestamp)`,
    )
    await admin.raw(`grant select on ${tableName} to ${user}`)
  }
})

afterAll(async () => {
  for (const admin of admins)
    for (const name of [tableName, `${tableName}_ungranted`]) await admin.schema.dropTable(name)
  await admins[0]?.raw(`drop role ${user}`)
  await admins[1]?.raw(`drop user ${user}`)
  await Promise.all(admins.map((admin) => admin.destroy()))
})

beforeEach(() => {
  lines.length = 0
  jest.spyOn(console, 'error').mockImplementation((line: unknown) => void lines.push(String(line)))
})
afterEach(() => jest.restoreAllMocks())

/** Makes a store, waits until a call has failed, and gives what was printed. */
async function printedBy(
  knex: Knex,
  options: KnexSessionStoreOptions = {},
  take?: (store: KnexSessionStore) => unknown,
): Promise<string[]> {
  const store = new KnexSessionStore({ knex, cleanupInterval: 0, timeout: 2_000, ...options })
  try {
    await take?.(store)
    for (const sid of ['a', 'b']) await expect(store.get(sid)).rejects.toThrow('[knex-session]')
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    await store.close()
    await knex.destroy()
  }
  return lines
}

const wrongPassword = (url: URL) => (url.password = 'wrong')
const wrongDatabase = (url: URL) => (url.pathname = '/nowhere')

describe('a store that cannot work says so in one line, with what to do', () => {
  it.each<[string, () => Knex, KnexSessionStoreOptions, RegExp]>([
    [
      'no right to create the table, on PostgreSQL',
      () => connect('pg', 'PG_URL'),
      {},
      /creating the session table failed \(42501\): permission denied for schema public; give the database user the right .* `createTable: false`/,
    ],
    [
      'no right to create the table, on MariaDB',
      () => connect('mysql2', 'MYSQL_URL'),
      { tableName: `${tableName}_none` },
      new RegExp(`denied to user '${user}'@'\\S+' for table \`\\w+\`\\.\`${tableName}_none\`; `),
    ],
    [
      'no right on the table, on PostgreSQL',
      () => connect('pg', 'PG_URL'),
      { tableName: `${tableName}_ungranted` },
      new RegExp(
        `permission denied for table ${tableName}_ungranted; the table '${tableName}_ungranted' must have the columns 'sid', 'sess', 'expired', and`,
      ),
    ],
    [
      'other columns, on PostgreSQL',
      () => connect('pg', 'PG_URL'),
      { tableName },
      /\(42703\): column "sess" does not exist; the table/,
    ],
    [
      'other columns, on MariaDB',
      () => connect('mysql2', 'MYSQL_URL'),
      { tableName },
      /Unknown column 'sess' in '.*'; the table/,
    ],
    [
      'no such schema',
      () => connect('pg', 'PG_URL'),
      { schemaName: 'nowhere' },
      /schema "nowhere" does not exist; /,
    ],
    [
      'no table, which is not to be created',
      () => connect('pg', 'PG_URL'),
      { tableName: 'none', createTable: false },
      /there is no table 'none' and `createTable` is false; set `createTable: true`, or create it:\ncreate table/,
    ],
    [
      'a database that is not there, on PostgreSQL',
      () => connect('pg', 'PG_URL', (url) => (url.pathname = '/nowhere')),
      {},
      /connecting to the database failed \(3D000\): database "nowhere" does not exist; check the configuration of knex/,
    ],
    [
      'a wrong password, on MariaDB',
      () => connect('mysql2', 'MYSQL_URL', wrongPassword),
      {},
      new RegExp(
        `connecting to the database failed \\(ER_ACCESS_DENIED_ERROR\\): Access denied for user '${user}'@'\\S+' \\(using password: YES\\)`,
      ),
    ],
    [
      'a database that is not there, on MariaDB',
      () => connect('mysql2', 'MYSQL_URL', wrongDatabase),
      {},
      /(?:Unknown database|Access denied for user .* to database) 'nowhere'; check/,
    ],
  ])('%s', async (_, open, options, reported) => {
    const printed = await printedBy(open(), options)
    expect(printed).toEqual([expect.stringMatching(reported) as string])
    expect(printed[0]).not.toContain('secret')
  })

  it('a file that is no database, with its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
    const filename = join(folder, 'letter.txt')
    writeFileSync(filename, 'Dear Sir or Madam, '.repeat(100))
    try {
      const knex = createKnex({
        client: 'better-sqlite3',
        connection: { filename },
        useNullAsDefault: true,
        ...quiet,
      })
      const printed = await printedBy(knex)
      expect(printed).toHaveLength(1)
      expect(printed[0]).toContain(`file is not a database (file '${filename}')`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a store that cannot work says nothing', () => {
  it('when somebody takes `ready`', async () => {
    const outcome: Promise<unknown>[] = []
    expect(
      await printedBy(
        connect('pg', 'PG_URL'),
        {},
        (store) => void outcome.push(store.ready.catch((error: unknown) => error)),
      ),
    ).toEqual([])
    expect(await outcome[0]).toMatchObject({ code: 'ERR_DATABASE', databaseCode: '42501' })
  })

  it('when it was closed', async () => {
    const knex = connect('pg', 'PG_URL')
    await new KnexSessionStore({ knex, cleanupInterval: 0 }).close()
    await knex.destroy()
    expect(lines).toEqual([])
  })

  it('when the database is away, which `onOutage` reports', async () => {
    const knex = createKnex({ client: 'pg', connection: { host: '127.0.0.1', port: 1 }, ...quiet })
    expect(await printedBy(knex, { timeout: 100, onOutage: () => undefined })).toEqual([])
  })
})
