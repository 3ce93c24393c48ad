import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import { knexConfigFromUrl } from '@knex-session/dialect-testkit'
import createKnex, { type Knex } from 'knex'
import { start as startPostgres } from '../../scripts/servers/postgres.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { uniqueTable } from '../rig/servers/databases.js'
import { everythingOf } from '../rig/everything-of.js'
import { sessionOf } from '../rig/session-of.js'

const canary = 'CanaryOf77aa'
const contents = { secret: canary, text: `"${canary}"` }

/** The errors of every call on a row that is there and on one that is not. */
async function errorsOf(knex: Knex, options: KnexSessionStoreOptions): Promise<readonly unknown[]> {
  const errors: unknown[] = []
  for (const more of [{}, { batch: false, preparedStatements: false }]) {
    const store = new KnexSessionStore({
      knex,
      cleanupInterval: 0,
      timeout: 250,
      ...options,
      ...more,
    })
    const calls = [canary, `${canary} 2`].flatMap((sid) => [
      store.get(sid),
      store.touch(sid, sessionOf(contents)),
      store.set(sid, sessionOf(contents)),
    ])
    const outcomes = await Promise.allSettled([
      ...calls,
      store.all(),
      store.length(),
      store.destroy(canary),
    ])
    outcomes.push(...(await Promise.allSettled([store.clear()])))
    for (const outcome of outcomes) if (outcome.status === 'rejected') errors.push(outcome.reason)
    await store.close()
  }
  return errors
}

async function expectSilence(knex: Knex, tableName: string): Promise<void> {
  const errors = await errorsOf(knex, { tableName })
  expect(errors.length).toBeGreaterThan(0)
  for (const error of errors) {
    expect(error).toMatchObject({ name: 'SessionStoreError' })
    expect(everythingOf(error)).not.toContain(canary)
  }
}

/** SQL that makes a table of that name which quotes what it is given. */
type Definition = (name: string) => readonly string[]

const postgresTable = (name: string) => [
  `create table ${name} (sid varchar(255) primary key, sess json not null, expired timestamptz not null)`,
  `insert into ${name} values ('${canary}', '{"secret": "${canary}"}', now() + interval '1 hour')`,
]
const postgresTrigger =
  (body: string): Definition =>
  (name) => {
    const rows = 'declare r record; begin r := coalesce(new, old);'
    return [
      ...postgresTable(name),
      `create function ${name}() returns trigger language plpgsql as $$ ${rows} ${body} return r; end $$`,
      `create trigger t before insert or update or delete on ${name} for each row execute function ${name}()`,
    ]
  }
const raise = (code: string) =>
  postgresTrigger(`raise exception 'refused % %', r.sid, r.sess using errcode = '${code}';`)

const onPostgres: Readonly<Record<string, Definition>> = {
  ...Object.fromEntries(
    ['P0001', '23514', '23505', '42501', '40001', '42P01', 'ZZ001'].map((code) => [
      `raises ${code}`,
      raise(code),
    ]),
  ),
  'casts contents': postgresTrigger(`perform (r.sess->>'secret')::int;`),
  'takes an id for a date': postgresTrigger(`perform to_date(r.sid, 'YYYY');`),
  'takes an id for a table': postgresTrigger(`execute 'select * from ' || quote_ident(r.sid);`),
  'takes contents for SQL': postgresTrigger(
    `execute 'select ' || (r.sess->>'secret') || ' from nowhere';`,
  ),
  'keeps ids as numbers': (name) => [
    `create table ${name} (sid integer primary key, sess json not null, expired timestamptz not null)`,
  ],
  'is a view that casts contents': (name) => [
    ...postgresTable(`${name}_rows`),
    `create view ${name} as select sid, sess, expired from ${name}_rows where (sess->>'secret')::int > 0`,
  ],
}

const mariadbTable = (name: string) => [
  `create table ${name} (sid varchar(255) primary key, sess json not null, expired datetime(3) not null)`,
  `insert into ${name} values ('${canary}', '{"secret": "${canary}"}', now() + interval 1 day)`,
]
const mariadbTrigger =
  (body: string): Definition =>
  (name) => [
    ...mariadbTable(name),
    ...['insert', 'update', 'delete'].map((event) => {
      const row = event === 'delete' ? 'old' : 'new'
      const text = `declare t varchar(120) default concat('refused ', ${row}.sid, ' ', json_value(${row}.sess, '$.secret'));`
      return `create trigger ${name}_${event} before ${event} on ${name} for each row begin ${text} ${body} end`
    }),
  ]
const signal = (state: string, errno: number) =>
  mariadbTrigger(`signal sqlstate '${state}' set mysql_errno = ${errno}, message_text = t;`)

const onMariadb: Readonly<Record<string, Definition>> = {
  'signals 1644': signal('45000', 1644),
  'signals 1406': signal('22001', 1406),
  'signals 1062': signal('23000', 1062),
  'signals 1213': signal('40001', 1213),
  'signals 1142': signal('42000', 1142),
  'signals no number': mariadbTrigger(`signal sqlstate '23000' set message_text = t;`),
  'casts contents': mariadbTrigger(
    `set @canary = cast(t as date); if @canary is null then signal sqlstate '22007' set mysql_errno = 1292; end if;`,
  ),
  'keeps ids as numbers': (name) => [
    `create table ${name} (sid int primary key, sess json not null, expired datetime(3) not null)`,
  ],
  'keeps contents as numbers': (name) => [
    `create table ${name} (sid varchar(255) primary key, sess int not null, expired datetime(3) not null)`,
  ],
}

/** Makes what a definition says, runs the work on it and removes it. */
async function withTable(
  knex: Knex,
  definition: Definition,
  work: (name: string) => Promise<void>,
): Promise<void> {
  const name = uniqueTable('quoting')
  try {
    for (const sql of definition(name)) await knex.raw(sql.replaceAll('?', '\\?'))
    await work(name)
  } finally {
    await knex.raw(`drop view if exists ${name}`).catch(() => undefined)
    for (const each of [name, `${name}_rows`]) await knex.raw(`drop table if exists ${each}`)
  }
}

describe.each(['en', 'de', 'fr'])(
  'a PostgreSQL that speaks %s gives no session away',
  (language) => {
    let server: Server
    let knex: Knex

    beforeAll(async () => {
      server = await startPostgres({ durable: false, language })
      knex = createKnex({ client: 'pg', connection: server.url, pool: { min: 0, max: 4 } })
    })
    afterAll(async () => {
      await knex.destroy()
      await server.stop()
    })

    it.each(Object.entries(onPostgres))('when its table %s', async (_, definition) => {
      await withTable(knex, definition, (name) => expectSilence(knex, name))
    })
  },
)

describe.each(
  ['mysql2', 'mariadb'].flatMap((client) =>
    ['en_US', 'de_DE'].map((language) => ({ client, language })),
  ),
)('a MariaDB that speaks $language gives no session away by $client', ({ client, language }) => {
  let knex: Knex

  beforeAll(() => {
    const { connection } = knexConfigFromUrl(process.env['MYSQL_URL'] ?? '', { client })
    const afterCreate = (
      raw: { query(sql: string, done: (error: unknown) => void): void },
      done: (...given: unknown[]) => void,
    ) => {
      raw.query(`set lc_messages = '${language}'`, (error) => done(error, raw))
    }
    knex = createKnex({ client, connection, pool: { min: 0, max: 4, afterCreate } })
  })
  afterAll(() => knex.destroy())

  it.each(Object.entries(onMariadb))('when its table %s', async (_, definition) => {
    await withTable(knex, definition, (name) => expectSilence(knex, name))
  })
})
