import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { databases, uniqueTable, type TestConnection } from '../rig/servers/databases.js'

/** Statements that make and remove a user who may work on one table and create none. */
interface Account {
  readonly client: string
  readonly variable: string
  create(user: string): readonly string[]
  grant(user: string, table: string, rights?: string): string
  /** What a store says at its start that lacks a right. */
  lacks(right: string, table: string): RegExp
  /** The code of a statement that the user may not run. */
  readonly denied: RegExp
  drop(user: string): readonly string[]
}

const all = 'select, insert, update, delete'

const accounts: Readonly<Record<string, Account>> = {
  PostgreSQL: {
    client: 'pg',
    variable: 'PG_URL',
    // Before PostgreSQL 15 everybody may create tables in the schema `public`.
    create: (user) => [
      `create role ${user} login password 'secret'`,
      'revoke create on schema public from public',
    ],
    grant: (user, table, rights = all) => `grant ${rights} on ${table} to ${user}`,
    lacks: (right, table) =>
      new RegExp(`lacks the right to ${right} on the table '${table}'.*grant ${right} on`),
    denied: /^42501$/,
    drop: (user) => [`drop owned by ${user}`, `drop role ${user}`],
  },
  MariaDB: {
    client: 'mysql2',
    variable: 'MYSQL_URL',
    create: (user) => [`create user ${user} identified by 'secret'`],
    grant: (user, table, rights = all) => `grant ${rights} on ${table} to ${user}`,
    lacks: (right, table) =>
      new RegExp(
        `${right.toUpperCase()} command denied to user .*; grant the database user select, insert, update, delete on the table '${table}'`,
      ),
    denied: /^ER_(?:TABLE|COLUMN)ACCESS_DENIED_ERROR$/,
    drop: (user) => [`drop user ${user}`],
  },
}

const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
  user: 'ann',
} as unknown as SessionData

describe.each(databases.filter(({ name }) => name in accounts))(
  'a database user who may create no table, on $name',
  ({ name, open }) => {
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

    /** Makes a table on which the user has these rights, and works with stores on it. */
    async function granted(
      rights: string,
      work: (
        open: (options?: KnexSessionStoreOptions) => KnexSessionStore,
        tableName: string,
      ) => Promise<void>,
    ): Promise<void> {
      const tableName = uniqueTable('granted')
      const own = new KnexSessionStore({ knex: admin.knex, tableName, cleanupInterval: 0 })
      await own.set('theirs', session)
      await admin.knex.raw(account.grant(user, tableName, rights))
      try {
        await work(
          (options) => new KnexSessionStore({ knex, tableName, cleanupInterval: 0, ...options }),
          tableName,
        )
      } finally {
        await own.close()
        await admin.knex.schema.dropTable(tableName)
      }
    }

    it.each([
      ['insert', 'select, update, delete'],
      ['update', 'select, insert, delete'],
      ['delete', 'select, insert, update'],
      ['update', 'select, insert, delete, update (expired)'],
    ])(
      'hears what to grant where the right to %s is missing (granted: %s)',
      async (missing, rights) => {
        await granted(rights, async (open, tableName) => {
          const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined)
          const store = open()
          const calls = {
            insert: () => store.set('a', session),
            update: () => store.set('theirs', session),
            delete: () => store.destroy('theirs'),
          }
          const error: unknown = await calls[missing as keyof typeof calls]().catch(
            (thrown: unknown) => thrown,
          )
          await new Promise((resolve) => setImmediate(resolve))
          const lines = printed.mock.calls.map(String)
          printed.mockRestore()
          const reported = account.lacks(missing, tableName)
          expect(lines).toEqual([expect.stringMatching(reported)])
          expect(error).toMatchObject({ code: 'ERR_DATABASE', kind: 'access-denied' })
          expect(String(error)).toMatch(reported)
          await expect(store.ready).rejects.toMatchObject({ kind: 'access-denied' })
          expect(await store.get('theirs')).toMatchObject({ user: 'ann' })
          await store.close()
        })
      },
    )

    it('reads where it may do no more, by every call that reads', async () => {
      await granted('select', async (open) => {
        const store = open()
        await expect(store.ready).rejects.toMatchObject({ kind: 'access-denied' })
        expect(await store.get('theirs')).toMatchObject({ user: 'ann' })
        expect(await store.length()).toBe(1)
        expect(await store.ids()).toEqual(['theirs'])
        expect(Object.keys(await store.all())).toHaveLength(1)
        for await (const { sid } of store.entries()) expect(sid).toBe('theirs')
        await expect(store.set('a', session)).rejects.toMatchObject({ kind: 'access-denied' })
        await expect(store.destroy('theirs')).rejects.toMatchObject({ kind: 'access-denied' })
        await store.close()
      })
    })

    it('reads a session from before `hashIds` where it is, and moves it once it may', async () => {
      await granted('select', async (open, tableName) => {
        const store = open({ hashIds: true })
        await expect(store.ready).rejects.toMatchObject({ kind: 'access-denied' })
        expect(await store.get('theirs')).toMatchObject({ user: 'ann' })
        expect(await store.ids()).toEqual(['theirs'])
        await admin.knex.raw(account.grant(user, tableName))
        expect(await store.get('theirs')).toMatchObject({ user: 'ann' })
        expect(await store.ids()).toEqual([expect.stringMatching(/^sha256:/)])
        await store.close()
      })
    })

    it('hears of a right that is taken away later', async () => {
      await granted(all, async (open, tableName) => {
        const store = open()
        await store.set('a', session)
        await admin.knex.raw(
          account.grant(user, tableName, all).replace('grant', 'revoke').replace(' to ', ' from '),
        )
        for (const batch of [['a'], ['a', 'b', 'c']]) {
          const calls = batch.flatMap((sid): Promise<unknown>[] => [
            store.set(sid, session),
            store.get(sid),
            store.destroy(sid),
          ])
          for (const outcome of await Promise.allSettled([
            ...calls,
            store.length(),
            store.prune(),
            store.clear(),
          ])) {
            expect(outcome).toMatchObject({
              status: 'rejected',
              reason: {
                kind: 'access-denied',
                databaseCode: expect.stringMatching(account.denied),
              },
            })
            expect(String((outcome as PromiseRejectedResult).reason)).toContain(
              `with the table '${tableName}': grant it select`,
            )
          }
        }
        await store.close()
      })
    })

    it('needs no more than rights on the columns of the store', async () => {
      const columns = '(sid, sess, expired)'
      // MariaDB's upsert writes the id as well.
      const written = name === 'MariaDB' ? columns : '(sess, expired)'
      await granted(
        `select ${columns}, insert ${columns}, update ${written}, delete`,
        async (open) => {
          const store = open()
          await store.ready
          await Promise.all(['a', 'b', 'theirs'].map((sid) => store.set(sid, session)))
          await store.touch('a', session)
          expect(await store.get('theirs')).toMatchObject({ user: 'ann' })
          expect(await store.destroy('a')).toBe(1)
          await store.close()
        },
      )
    })

    it('is told that a missing table cannot be created, or not even be looked for', async () => {
      const tableName = uniqueTable('missing')
      const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
      for (const call of [store.ready, store.get('a')])
        await expect(call).rejects.toThrow(/the session table failed \(\w+\): .* denied/)
    })
  },
)

it('a PostgreSQL that takes no writes now is not taken for one that lacks rights', async () => {
  const admin = databases.find(({ name }) => name === 'PostgreSQL')!.open()
  const tableName = uniqueTable('standby')
  const owner = new KnexSessionStore({ knex: admin.knex, tableName, cleanupInterval: 0 })
  await owner.set('a', session)
  const connection = {
    connectionString: process.env['PG_URL'] ?? '',
    options: '-c default_transaction_read_only=on',
  }
  const knex = createKnex({ client: 'pg', connection, pool: { min: 0, max: 2 } })
  const store = new KnexSessionStore({
    knex,
    tableName,
    cleanupInterval: 0,
    timeout: 2_000,
    onOutage: () => undefined,
  })
  await store.ready
  expect(await store.get('a')).toMatchObject({ user: 'ann' })
  await expect(store.set('a', session)).rejects.toMatchObject({
    code: 'ERR_CONNECTION',
    databaseCode: '25006',
  })
  await store.close()
  await knex.destroy()
  await admin.knex.schema.dropTable(tableName)
  await admin.close()
})
