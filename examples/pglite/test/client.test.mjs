import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import { KnexSessionStore } from '@knex-session/core'
import { PgliteClient, pglite } from '@knex-session/example-pglite'
import createKnex from 'knex'

/** @param {Record<string, unknown>} connection */
const open = (connection) => createKnex({ client: PgliteClient, connection })

/** A session that ends in an hour. @param {Record<string, unknown>} contents */
const session = (contents) =>
  /** @type {import('express-session').SessionData} */ ({
    cookie: { originalMaxAge: 3_600_000 },
    ...contents,
  })

test('a store finds the adapter by the client, and its sessions survive on disk', async () => {
  const filename = await mkdtemp(join(tmpdir(), 'knex-session-pglite-'))
  try {
    for (const visits of [1, 2]) {
      const knex = open({ filename })
      const store = new KnexSessionStore({ knex })
      const before = await store.get('sid')
      assert.equal(before === null ? 1 : 2, visits)
      await store.set('sid', session({ visits }))
      await store.close()
      await knex.destroy()
    }
  } finally {
    await rm(filename, { recursive: true })
  }
})

test('a database of the application’s own stays open, and so does the one of a statement that was given up', async () => {
  const database = new PGlite()
  const knex = open({ pglite: database })
  await assert.rejects(
    knex.transaction((trx) => trx.raw('select 1').then(() => trx.raw('selec 1'))),
  )
  await knex.raw('create table kept (n integer)')
  const connection = await knex.client.acquireConnection()
  await database.exec('begin; drop table kept')
  connection.__knex__disposed = new Error('given up')
  await knex.client.releaseConnection(connection)
  assert.deepEqual(await knex.from('kept').select(), [])
  await knex.destroy()
  assert.equal(database.closed, false)
  await database.close()
})

test('an id that PGlite would read as another one is refused', async () => {
  const knex = open({})
  const store = new KnexSessionStore({ knex, dialect: pglite })
  await store.set('a', session({ user: 'a' }))
  await assert.rejects(store.set('\ufeffa', session({ user: 'b' })), { name: 'SessionStoreError' })
  assert.equal(await store.get('\ufeffa'), null)
  await store.close()
  await knex.destroy()
})

test('rows are counted, and a search path is set', async () => {
  const knex = createKnex({
    client: PgliteClient,
    connection: {},
    searchPath: ['an "odd" schema', 'public'],
  })
  await knex.raw('create schema "an ""odd"" schema"')
  await knex.schema.createTable('things', (table) => table.integer('n'))
  await knex('things').insert([{ n: 1 }, { n: 2 }, { n: 3 }])
  assert.equal(await knex('things').where('n', '>', 1).update({ n: 5 }), 2)
  assert.equal(await knex('things').where('n', 5).del(), 2)
  assert.deepEqual(await knex('things').first('n'), { n: 1 })
  assert.deepEqual(await knex('things').pluck('n'), [1])
  const tables = await knex('pg_tables').where({ tablename: 'things' }).select('schemaname')
  assert.deepEqual(tables, [{ schemaname: 'an "odd" schema' }])
  await knex.destroy()
})
