import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-postgres'
import createKnex, { type Knex } from 'knex'
import { uniqueTable } from '../rig/servers/databases.js'
import { sessionOf } from '../rig/session-of.js'

const database = uniqueTable('latin1')
const [plain, beyond, latin] = ['plain', '漢🍪', 'é']

async function onServer(sql: string): Promise<void> {
  const knex = createKnex({ client: 'pg', connection: process.env['PG_URL'] ?? '' })
  await knex.raw(sql, [database])
  await knex.destroy()
}

describe.each([
  ['calls joined', {}],
  ['calls made one by one', { batch: false }],
  ['by knex', { preparedStatements: false }],
])('a PostgreSQL database in LATIN1, %s', (_, options) => {
  let knex: Knex
  let store: KnexSessionStore

  beforeAll(async () => {
    await onServer(
      `create database ?? encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'`,
    )
    const url = new URL(process.env['PG_URL'] ?? '')
    url.pathname = `/${database}`
    knex = createKnex({ client: 'pg', connection: url.href })
    store = new KnexSessionStore({ knex, cleanupInterval: 0, timeout: 2_000, ...options })
  })
  afterAll(async () => {
    await store.close()
    await knex.destroy()
    await onServer('drop database ??')
  })

  it('has no session of an id with a character that it lacks, and says so of one that is to be stored', async () => {
    await Promise.all([
      store.set(plain, sessionOf({ of: plain })),
      store.set(latin, sessionOf({ of: latin })),
    ])
    const sids = [plain, beyond, latin, `${beyond} 2`]
    const found = await Promise.all(sids.map((sid) => store.get(sid)))
    expect(found.map((each) => (each as { of?: unknown } | null)?.of)).toEqual([
      plain,
      undefined,
      latin,
      undefined,
    ])
    await Promise.all(sids.map((sid) => store.touch(sid, sessionOf({}))))
    const writes = await Promise.allSettled(
      sids.map((sid) => store.set(sid, sessionOf({ of: sid === beyond ? '' : plain }))),
    )
    const refused = { reason: { code: 'ERR_INVALID_SID', databaseCode: '22P05' } }
    expect(writes).toMatchObject([
      { status: 'fulfilled' },
      refused,
      { status: 'fulfilled' },
      refused,
    ])
    expect(await Promise.all(sids.map((sid) => store.destroy(sid)))).toEqual([1, 0, 1, 0])
  })

  it('refuses contents with such a character, and nothing else, by an error that is not about the id', async () => {
    const sids = [plain, 'other', latin]
    const writes = await Promise.allSettled(
      sids.map((sid) => store.set(sid, sessionOf({ of: sid === 'other' ? beyond : plain }))),
    )
    expect(writes).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'ERR_DATABASE', databaseCode: '22P05' } },
      { status: 'fulfilled' },
    ])
    expect(await store.get('other')).toBeNull()
  })
})
