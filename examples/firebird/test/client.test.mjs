import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { KnexSessionStore } from '@knex-session/core'
import { FirebirdClient } from '@knex-session/example-firebird'
import createKnex from 'knex'
import { connection } from './connection.mjs'

const knex = createKnex({ client: FirebirdClient, connection, pool: { min: 0, max: 2 } })
after(() => knex.destroy())

/** Gives a table its life. @param {string} name @param {() => Promise<void>} use */
const withThings = async (name, use) => {
  await knex.schema.createTable(name, (table) => {
    table.increments('id')
    table.string('name', 10).notNullable().index()
    table.text('note')
  })
  try {
    await use()
  } finally {
    await knex.schema.dropTable(name)
  }
}

test('a store finds the adapter by the client', async () => {
  const store = new KnexSessionStore({ knex, tableName: 'client_sessions' })
  await store.set('sid', /** @type {never} */ ({ cookie: { originalMaxAge: 60_000 }, visits: 1 }))
  assert.equal(/** @type {{ visits?: number } | null} */ (await store.get('sid'))?.visits, 1)
  await store.close()
  await knex.schema.dropTable('client_sessions')
})

test('rows are limited, skipped, counted and plucked', () =>
  withThings('client_rows', async () => {
    for (const name of ['a', 'b', 'c', 'd'])
      assert.equal(await knex('client_rows').insert({ name, note: `of ${name}` }), 1)
    const names = () => knex('client_rows').orderBy('name')
    assert.deepEqual(await names().limit(2).offset(1).pluck('name'), ['b', 'c'])
    assert.deepEqual(await names().offset(2).pluck('note'), ['of c', 'of d'])
    assert.deepEqual(await names().first('name'), { name: 'a' })
    assert.equal(await knex('client_rows').where('name', '>', 'b').update({ note: 'x' }), 2)
    assert.equal(await knex('client_rows').where({ note: 'x' }).del(), 2)
    await knex.schema.alterTable('client_rows', (table) => table.dropColumn('note'))
    assert.deepEqual(await names().select(), [
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ])
  }))

test('a savepoint is rolled back within its transaction', () =>
  withThings('client_savepoints', async () => {
    await knex.transaction(async (trx) => {
      await trx('client_savepoints').insert({ name: 'kept' })
      await assert.rejects(
        trx.transaction(async (inner) => {
          await inner('client_savepoints').insert({ name: 'gone' })
          throw new Error('of the test')
        }),
        /of the test/,
      )
      await trx.transaction((inner) => inner('client_savepoints').insert({ name: 'too' }))
    })
    assert.deepEqual(await knex('client_savepoints').orderBy('name').pluck('name'), ['kept', 'too'])
  }))

test('a statement is cancelled, and its connection goes on', async () => {
  const endless = `execute block returns (n bigint) as begin n = 0; while (1 = 1) do n = n + 1; end`
  await assert.rejects(knex.raw(endless).timeout(200, { cancel: true }), /timeout/i)
  assert.deepEqual(await knex.select(knex.raw('1 as "n" from rdb$database')), [{ n: 1 }])
})

test('a connection that is given up takes its transaction with it', () =>
  withThings('client_given_up', async () => {
    const lost = await knex.client.acquireConnection()
    await knex.client.query(lost, 'BEGIN;')
    await knex.client.query(lost, `insert into "client_given_up" ("name") values ('open')`)
    lost.__knex__disposed = 'given up'
    await knex.client.releaseConnection(lost)
    await knex('client_given_up').insert({ name: 'other' })
    assert.deepEqual(await knex('client_given_up').pluck('name'), ['other'])
  }))
