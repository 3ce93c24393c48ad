import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { databases, uniqueTable, type TestConnection } from '../rig/servers/databases.js'

/** Statements that make and remove a user who may work on one table and create none. */
interface Account {
  readonly client: string
  readonly variable: string
  create(user: string): readonly string[]
  grant(user: string, table: string): string
  drop(user: string): readonly string[]
}

const accounts: Readonly<Record<string, Account>> = {
  PostgreSQL: {
    client: 'pg',
    variable: 'PG_URL',
    // Before PostgreSQL 15 everybody may create tables in the schema `public`.
    create: (user) => [`create role ${user} login password 'secret'`, 'revoke create on schema public from public'],
    grant: (user, table) => `grant select, insert, update, delete on ${table} to ${user}`,
    drop: (user) => [`drop owned by ${user}`, `drop role ${user}`],
  },
  MariaDB: {
    client: 'mysql2',
    variable: 'MYSQL_URL',
    create: (user) => [`create user ${user} identified by 'secret'`],
    grant: (user, table) => `grant select, insert, update, delete on ${table} to ${user}`,
    drop: (user) => [`drop user ${user}`],
  },
}

const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
  user: 'ann',
} as unknown as SessionData

describe.each(databases.filter(({ name }) => name in accounts))('a database user who may create no table, on $name', ({ name, open }) => {
  const account = accounts[name]!
  const user = uniqueTable('user')
  let admin: TestConnection
  let knex: Knex

  beforeAll(async () => {
    admin = open()
    for (const sql of account.create(user)) await admin.knex.raw(sql)
    const url = new URL(process.env[account.variable] ?? '')
    url.username = user
    url.password = 'secret'
    knex = createKnex({ client: account.client, connection: url.href, pool: { min: 0, max: 2 } })
  })

  afterAll(async () => {
    await knex.destroy()
    for (const sql of account.drop(user)) await admin.knex.raw(sql)
    await admin.close()
  })

  it('keeps sessions in a table that is there, with the default options', async () => {
    const tableName = uniqueTable('given')
    const owner = new KnexSessionStore({ knex: admin.knex, tableName, cleanupInterval: 0 })
    await owner.ready
    await admin.knex.raw(account.grant(user, tableName))
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    const sids = ['a', 'b', 'c']
    await Promise.all(sids.map((sid) => store.set(sid, session)))
    await Promise.all(sids.map((sid) => store.touch(sid, session)))
    expect(await store.get('a')).toMatchObject({ user: 'ann' })
    expect(await Promise.all(sids.map((sid) => store.destroy(sid)))).toEqual([1, 1, 1])
    expect(await store.prune()).toBe(0)
    expect(await store.clear()).toBe(0)
    await admin.knex.schema.dropTable(tableName)
  })

  it('is told that a missing table cannot be created, or not even be looked for', async () => {
    const tableName = uniqueTable('missing')
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    for (const call of [store.ready, store.get('a')]) await expect(call).rejects.toThrow(/the session table failed \(\w+\): .* denied/)
  })
})
