import { join } from 'node:path'
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import createKnex, { type Knex } from 'knex'
import { TestCommand, type Ended } from './command.js'

const databases = [
  { name: 'PostgreSQL', client: 'pg', url: () => process.env['PG_URL']! },
  { name: 'MariaDB', client: 'mysql2', url: () => process.env['MYSQL_URL']! },
  {
    name: 'SQLite',
    client: 'better-sqlite3',
    url: (folder: string) => join(folder, 'sessions.sqlite'),
  },
]

let command: TestCommand
beforeAll(async () => {
  command = await TestCommand.make()
})
afterAll(() => command.remove())

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what JSON holds
type Answer = Readonly<Record<string, any>>

const sessionOf = (contents: object, ms: number) =>
  ({ cookie: { maxAge: ms, originalMaxAge: ms }, ...contents }) as never

describe.each(databases)('on $name', ({ client, url }) => {
  const table = `cli_${client.replace('-', '_')}_${String(process.pid)}`
  let connection: string
  let knex: Knex

  const run = (name: string, ...flags: readonly string[]): Promise<Ended> =>
    command.run([name, '--table', table, ...flags], { env: { DATABASE_URL: connection } })
  const answer = async (name: string, ...flags: readonly string[]): Promise<Answer> => {
    const { stdout, stderr, code } = await run(name, '--json', ...flags)
    expect({ stderr, lines: stdout.trim().split('\n').length }).toEqual({ stderr: '', lines: 1 })
    return { code, ...(JSON.parse(stdout) as object) }
  }

  beforeAll(() => {
    connection = url(command.folder)
    knex = createKnex({
      client,
      connection: client === 'better-sqlite3' ? { filename: connection } : connection,
      useNullAsDefault: true,
    })
  })
  afterAll(async () => {
    await knex.schema.dropTableIfExists(table)
    await knex.destroy()
  })

  it('a table is missed, made, found sound, and gets the columns of options', async () => {
    const missed = await answer('check')
    expect(missed).toMatchObject({ code: 1, ok: false, findings: [{ about: 'table' }] })
    expect(missed.findings[0].statements[0]).toContain(table)
    expect(await answer('create')).toMatchObject({ code: 0, created: true, addedColumns: [] })
    const lacking = await answer('check', '--user-id')
    expect(lacking).toMatchObject({ code: 1, findings: [{ about: 'columns' }] })
    expect(String(lacking.findings[0].statements)).toContain('user_id')
    expect(await answer('create', '--user-id')).toMatchObject({
      created: false,
      addedColumns: ['user_id', 'created_at', 'last_seen_at'],
    })
    expect(await answer('check', '--user-id')).toMatchObject({ code: 0, ok: true, findings: [] })
  })

  it('sessions are counted, and what has expired is pruned', async () => {
    const hour = 3_600_000
    const store = new KnexSessionStore({
      knex,
      tableName: table,
      cleanupInterval: 0,
      userId: (session) => (session as { user?: string }).user,
    })
    const ends = [hour / 2, 2 * hour, 2 * hour, 48 * hour]
    await Promise.all(
      ends.map((ms, place) =>
        store.set(
          `secret-sid-${String(place)}`,
          sessionOf({ user: place < 3 ? 'ann' : 'bob' }, ms),
        ),
      ),
    )
    await store.set('gone', sessionOf({}, -hour))
    await store.close()
    const stats = await answer('stats')
    expect(stats).toMatchObject({
      live: 4,
      expired: 1,
      ofUsers: { users: 2, sessions: 4, most: 3 },
    })
    const counts = (histogram: readonly { sessions: number }[]) =>
      histogram.map(({ sessions }) => sessions)
    expect(counts(stats.timeLeft)).toEqual([1, 2, 1, 0, 0])
    expect(counts(stats.ages)).toEqual([4, 0, 0, 0, 0])
    expect(stats.bytes).toBeGreaterThan(0)
    expect(Math.abs(Date.parse(stats.oldest) - Date.now())).toBeLessThan(60_000)
    expect(await answer('prune')).toEqual({ code: 0, removed: 1 })
  })

  it('an index that is gone is missed, with the statement that makes it', async () => {
    await knex.schema.alterTable(table, (columns) => {
      columns.dropColumn('expired')
    })
    await knex.schema.alterTable(table, (columns) => {
      columns.dateTime('expired').notNullable().defaultTo('2026-01-01 00:00:00')
    })
    const missed = await answer('check')
    expect(missed).toMatchObject({ code: 1, findings: [{ about: 'index' }] })
    await knex.raw(missed.findings[0].statements[0] as string)
  })
})

it('what a user may not do, and a table without a key, are found', async () => {
  const admin = new URL(process.env['PG_URL']!)
  const knex = createKnex({ client: 'pg', connection: admin.href })
  const [role, table] = [`reader_${String(process.pid)}`, `keyless_${String(process.pid)}`]
  const check = async (connection: string): Promise<Answer> => {
    const args = ['check', '--json', '--table', table, '--connection', connection]
    const { code, stdout } = await command.run(args)
    return { code, ...(JSON.parse(stdout) as object) }
  }
  try {
    await knex.raw(`create role ${role} login password 'reader-word'`)
    await knex.raw(`create table ${table} (sid varchar(255), sess json, expired timestamptz)`)
    await knex.raw(`grant select on ${table} to ${role}`)
    const found = await check(admin.href)
    expect(found).toMatchObject({ code: 1, findings: [{ about: 'types' }, { about: 'index' }] })
    expect(found.findings[0].message).toMatch(/alter table "keyless_\d+" add primary key \("sid"\)/)
    await knex.raw(`alter table ${table} add primary key (sid)`)
    await knex.raw(found.findings[1].statements[0] as string)
    expect(await check(admin.href)).toMatchObject({ code: 0, findings: [] })
    const reader = Object.assign(new URL(admin), { username: role, password: 'reader-word' })
    const denied = await check(reader.href)
    expect(denied).toMatchObject({ code: 1, findings: [{ about: 'rights' }] })
    expect(denied.findings[0].message).toMatch(/insert, update, delete/)
  } finally {
    await knex.raw(`drop table if exists ${table}`)
    await knex.raw(`drop role if exists ${role}`)
    await knex.destroy()
  }
})

it('a server that only speaks as PostgreSQL does is named as one that nobody has run it on', async () => {
  const admin = new URL(process.env['PG_URL']!)
  const knex = createKnex({ client: 'pg', connection: admin.href })
  const schema = `other_server_${String(process.pid)}`
  try {
    await knex.raw(`create schema ${schema}`)
    await knex.raw(
      `create function ${schema}.version() returns text language sql as 'select ''PostgreSQL 11.2-YB-2.18.0.1-b0 on x86_64'''`,
    )
    admin.searchParams.set('options', `-c search_path=${schema},pg_catalog`)
    const connection = ['--connection', admin.href]
    expect(await command.run(['create', ...connection])).toMatchObject({ code: 0 })
    const { code, stdout } = await command.run(['check', ...connection])
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^advice \(server\): not run by us on YugabyteDB: /) as unknown,
    })
  } finally {
    await knex.raw(`drop schema if exists ${schema} cascade`)
    await knex.destroy()
  }
})
