import { KnexSessionStore } from '@knex-session/core'
import { databases, uniqueTable } from '../rig/servers/databases.js'
import { sessionOf } from '../rig/session-of.js'

const mariadb = databases.find(({ name }) => name === 'MariaDB')!

describe('a transaction of the application that a deadlock ended', () => {
  it('hears of it by the call, of which nothing is sent again outside of it', async () => {
    const { knex, close } = mariadb.open({ connections: 2 })
    const [tableName, orders] = [uniqueTable('deadlock'), uniqueTable('orders')]
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    await knex.schema.createTable(orders, (table) => table.increments('id'))
    await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionOf({ by: 'nobody' }))))
    const transaction = await knex.transaction()
    // The server ends the one that changed fewer rows.
    const other = await knex.transaction()
    await other(orders).insert(Array.from({ length: 50 }, (_, index) => ({ id: index + 1 })))
    await other(tableName).where({ sid: 'b' }).forUpdate().select('sid')
    const within = new KnexSessionStore({
      knex: transaction,
      tableName,
      cleanupInterval: 0,
      timeout: 5_000,
    })
    await within.set('a', sessionOf({ by: 'within' }))
    const waiting = other(tableName)
      .where({ sid: 'a' })
      .forUpdate()
      .select('sid')
      .then(() => other.commit())
    const set = within.set('b', sessionOf({ by: 'within' }))
    await expect(set).rejects.toMatchObject({ kind: 'retryable', databaseCode: 'ER_LOCK_DEADLOCK' })
    await waiting
    await transaction.rollback()
    for (const sid of ['a', 'b']) expect(await store.get(sid)).toMatchObject({ by: 'nobody' })
    await store.close()
    await Promise.all([tableName, orders].map((table) => knex.schema.dropTable(table)))
    await close()
  })
})
