import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import { databases, uniqueTable } from '../rig/servers/databases.js'

// SQLite runs each statement to its end within the call.
const servers = databases.filter(({ name }) => name !== 'SQLite')

function session(value: string): SessionData {
  return {
    cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
    value,
  } as unknown as SessionData
}

describe.each(servers)('the application beside a store, on $name', ({ open }) => {
  it('sees every statement of the store by the events of knex', async () => {
    const { knex, close } = open({ connections: 2 })
    const tableName = uniqueTable('watched')
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    await store.set('a', session('first'))
    for (const event of ['start', 'query', 'query-response']) {
      let seen = 0
      const listener = () => seen++
      knex.on(event, listener)
      await store.set('a', session('second'))
      await store.get('a')
      await store.touch('a', session('second'))
      knex.removeListener(event, listener)
      expect([event, seen]).toEqual([event, 3])
    }
    await knex.schema.dropTable(tableName)
    await close()
  })

  it('gives its transaction to a store, which keeps to it and ends with it', async () => {
    const { knex, close } = open({ connections: 2 })
    const tableName = uniqueTable('within')
    await new KnexSessionStore({ knex, tableName, cleanupInterval: 0 }).ready
    const transaction = await knex.transaction()
    const within = new KnexSessionStore({
      knex: transaction,
      tableName,
      cleanupInterval: 0,
      timeout: 1_000,
    })
    await within.set('a', session('first'))
    await within.touch('a', session('first'))
    await transaction.rollback()
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    expect(await store.get('a')).toBeNull()
    await expect(within.set('a', session('too late'))).rejects.toMatchObject({
      name: 'SessionStoreError',
    })
    expect(await store.get('a')).toBeNull()
    await knex.schema.dropTable(tableName)
    await close()
  })
})
