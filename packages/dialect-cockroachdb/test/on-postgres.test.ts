import { randomBytes } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import { connectPostgres } from './connection.js'
import { onPostgres } from './on-postgres.js'

const knex = connectPostgres({ connections: 4 })
// Prepared statements keep the types of a table that another one took the place of.
let tableName = ''
const made = (sess: string) =>
  `create table ${tableName} (sid varchar(255) primary key, sess ${sess} not null, expired timestamptz not null)`

beforeEach(() => {
  tableName = `cockroach_${String(process.pid)}_${randomBytes(4).toString('hex')}`
})
afterEach(async () => knex.schema.dropTableIfExists(tableName))
afterAll(async () => knex.destroy())

const sids = ['a', 'b', 'c']
const session = (user: string, maxAge = 60_000) => ({
  user,
  cookie: { originalMaxAge: maxAge, maxAge },
})

/** Has a store do each of its calls, by itself and in a batch; resolves to what it found. */
async function play(): Promise<Readonly<Record<string, unknown>>> {
  const store = new KnexSessionStore({ knex, dialect: onPostgres, tableName, cleanupInterval: 0 })
  try {
    await store.ready
    const all = async () =>
      (await Promise.all(sids.map((sid) => store.get(sid)))).map((each) => each?.['user' as never])
    await store.set('a', session('\u0000 "one" \\ {é}'))
    await Promise.all(sids.slice(1).map((sid) => store.set(sid, session(sid))))
    const written = await all()
    await Promise.all(sids.map((sid) => store.touch(sid, session(sid, 90_000))))
    await store.set('gone', session('gone', -1))
    const count = await store.length()
    return {
      written,
      count,
      pruned: await store.prune(),
      destroyed: await store.destroy(sids),
      left: await all(),
    }
  } finally {
    await store.close()
  }
}

const played = {
  written: ['\u0000 "one" \\ {é}', 'b', 'c'],
  count: 3,
  pruned: 1,
  destroyed: 3,
  left: [undefined, undefined, undefined],
}

it('works on the table that it makes', async () => {
  expect(await play()).toEqual(played)
})

it.each(['jsonb', 'json', 'text'])('works on a table with sessions as %s', async (type) => {
  await knex.raw(made(type))
  expect(await play()).toEqual(played)
})

it.each([
  ['varchar(100)', /varying\(100\).*make it longer: alter table .* alter column "sess" type text/],
  ['bytea', /'sess' of the table .* is of the type bytea/],
])('refuses a table with sessions as %s', async (type, message) => {
  await knex.raw(made(type))
  await expect(play()).rejects.toThrow(message)
})
