import { KnexSessionStore } from '@knex-session/core'
import { sessionTable } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'
import { golden } from './golden.js'

const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
} as unknown as SessionData

const admin = connectBy('mysql2')({ connections: 2 })
const user = `u${String(process.pid)}`
const role = `r${String(process.pid)}`
const database = new URL(process.env['MYSQL_URL'] ?? '').pathname.slice(1)
const tableName = `rights_${String(process.pid)}`
const all = 'select, insert, update, delete'
const columns = '(sid, sess, expired)'

beforeAll(() =>
  new KnexSessionStore({ knex: admin, dialect: adapter, tableName, cleanupInterval: 0 }).close(),
)
afterAll(async () => {
  await admin.schema.dropTable(tableName)
  await admin.destroy()
})

/** Does work as a user with such grants, of which `…` is the user. */
async function as(grants: readonly string[], work: (knex: Knex) => Promise<void>): Promise<void> {
  const url = new URL(process.env['MYSQL_URL'] ?? '')
  for (const sql of [`create user ${user} identified by 'secret'`, `create role ${role}`])
    await admin.raw(sql)
  for (const sql of grants) await admin.raw(sql.replace('…', user))
  url.username = user
  url.password = 'secret'
  const knex = createKnex({ client: 'mysql2', connection: url.href, pool: { min: 0, max: 2 } })
  try {
    await work(knex)
  } finally {
    await knex.destroy()
    await admin.raw(`drop user ${user}`)
    await admin.raw(`drop role ${role}`)
  }
}

const storeOn = (knex: Knex) =>
  new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0 })

it('asks for rights by statements that do nothing', () => {
  const table = sessionTable({ tableName: 'user-sessions', columns: { sid: 'SessionId' } })
  expect(adapter.server!.rights!.statements(table).map(golden).join('\n')).toMatchInlineSnapshot(`
    "explain insert into \`user-sessions\` (\`SessionId\`, \`sess\`, \`expired\`)
    values (null, null, null)
    on duplicate key update \`sess\` = \`sess\`, \`expired\` = \`expired\`
    []
    explain delete
    from \`user-sessions\`
    where \`SessionId\` is null
    []"
  `)
})

describe.each<[string, readonly string[]]>([
  ['on the table', [`grant ${all} on ${tableName} to …`]],
  [
    'on the columns',
    [`grant select ${columns}, insert ${columns}, update ${columns}, delete on ${tableName} to …`],
  ],
  ['on the database', [`grant ${all} on ${database}.* to …`]],
  ['on everything', [`grant ${all} on *.* to …`]],
  [
    'by a role',
    [
      `grant ${all} on ${tableName} to ${role}`,
      `grant ${role} to …`,
      `set default role ${role} /*M! for */ /*!80000 to */ …`,
    ],
  ],
])('a user with the rights %s', (_, grants) => {
  it('works, also while somebody has locked rows', async () => {
    await as(grants, async (knex) => {
      const trx = await admin.transaction()
      await trx(tableName).forUpdate()
      const store = storeOn(knex)
      await store.ready
      await trx.rollback()
      await store.set('a', session)
      expect(await store.destroy('a')).toBe(1)
      await store.close()
    })
  })
})

it('reads while all tables are locked for reads', async () => {
  await as([`grant ${all} on ${tableName} to …`], async (knex) => {
    await admin.transaction(async (trx) => {
      await trx.raw(`lock tables ${tableName} read`)
      const store = storeOn(knex)
      await store.ready
      expect(await store.get('a')).toBeNull()
      await trx.raw('unlock tables')
      await store.set('a', session)
      expect(await store.destroy('a')).toBe(1)
      await store.close()
    })
  })
})

it('is asked again by each write until it has the rights', async () => {
  await as([`grant select on ${tableName} to …`], async (knex) => {
    const store = storeOn(knex)
    await expect(store.ready).rejects.toMatchObject({ kind: 'access-denied' })
    await expect(store.set('a', session)).rejects.toThrow('INSERT')
    expect(await store.get('a')).toBeNull()
    await admin.raw(`grant ${all} on ${tableName} to ${user}`)
    await store.set('a', session)
    expect(await store.destroy('a')).toBe(1)
    await store.close()
  })
})
