import { KnexSessionStore } from '@knex-session/core'
import { knexConfigFromUrl } from '@knex-session/dialect-testkit'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'

const session = { cookie: { originalMaxAge: 60_000 }, of: "it's" } as unknown as SessionData

interface Raw {
  query(sql: string, done: (error: unknown) => void): void
}

/** A knex instance whose second connection, and each after it, begins with a statement. */
function laterConnections(client: 'mysql2' | 'mariadb', statement: string): Knex {
  let count = 0
  const { connection } = knexConfigFromUrl(process.env['MYSQL_URL'] ?? '', { client })
  const settings = (
    client === 'mariadb' ? { ...(connection as object), allowPublicKeyRetrieval: true } : connection
  ) as Knex.StaticConnectionConfig
  const afterCreate = (raw: Raw, done: (error: unknown, raw: Raw) => void) => {
    if (++count === 1) done(null, raw)
    else raw.query(statement, (error) => done(error, raw))
  }
  return createKnex({ client, connection: settings, pool: { min: 0, max: 2, afterCreate } })
}

/** Runs with a store that is ready, whose next statements go by the second connection. */
async function onSecondConnection(
  knex: Knex,
  options: { readonly preparedStatements: boolean },
  run: (store: KnexSessionStore, tableName: string) => Promise<void>,
): Promise<void> {
  const tableName = `uncommitted_${String(process.pid)}`
  const store = new KnexSessionStore({
    knex,
    dialect: adapter,
    tableName,
    cleanupInterval: 0,
    timeout: 4_000,
    touchInterval: 0,
    ...options,
  })
  await store.ready
  await store.set('first', session)
  const client = knex.client as Knex.Client
  const first: unknown = await client.acquireConnection()
  try {
    await run(store, tableName)
  } finally {
    await client.releaseConnection(first)
    await store.close()
    await knex.schema.dropTableIfExists(tableName)
    await knex.destroy()
  }
}

const ways = [
  ['mysql2', true],
  ['mysql2', false],
  ['mariadb', false],
] as const

describe.each(ways)('by %s, prepared: %s', (client, preparedStatements) => {
  it('no write is acknowledged that a later connection does not commit', async () => {
    const admin = connectBy('mysql2')({ connections: 1 })
    const knex = laterConnections(client, 'set autocommit = 0')
    await onSecondConnection(knex, { preparedStatements }, async (store, tableName) => {
      for (const call of [
        () => store.set('lost', session),
        () => store.touch('first', session),
        () => store.destroy('first'),
        () => store.clear(),
      ])
        await expect(call()).rejects.toMatchObject({
          code: 'ERR_DATABASE',
          message: expect.stringContaining('autocommit = 0') as string,
        })
      // Nothing is left for a commit of somebody else's.
      await knex.raw('commit')
      expect(await admin(tableName).pluck('sid')).toEqual(['first'])
    })
    await admin.destroy()
  })

  it('a transaction of the application works on such a connection', async () => {
    const knex = laterConnections(client, 'set autocommit = 0')
    await onSecondConnection(knex, { preparedStatements }, async (_store, tableName) => {
      await knex.transaction(async (transaction) => {
        const within = new KnexSessionStore({
          knex: transaction,
          dialect: adapter,
          tableName,
          cleanupInterval: 0,
        })
        await within.set('second', session)
        await within.close()
      })
      const admin = connectBy('mysql2')({ connections: 1 })
      expect((await admin(tableName).pluck<string[]>('sid')).sort()).toEqual(['first', 'second'])
      await admin.destroy()
    })
  })
})

describe.each(ways)('by %s, prepared: %s, NO_BACKSLASH_ESCAPES', (client, preparedStatements) => {
  it('on a later connection makes no session a part of the statement', async () => {
    const knex = laterConnections(
      client,
      "set sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')",
    )
    await onSecondConnection(knex, { preparedStatements }, async (store) => {
      if (client === 'mysql2' && !preparedStatements)
        await expect(store.set('sid', session)).rejects.toMatchObject({
          code: 'ERR_DATABASE',
          message: expect.stringContaining('NO_BACKSLASH_ESCAPES') as string,
        })
      else {
        await store.set('sid', session)
        expect(await store.get('sid')).toMatchObject({ of: "it's" })
      }
    })
  })
})
