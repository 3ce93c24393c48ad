import { setImmediate as endOfTurn } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import { databases, uniqueTable, type TestConnection } from '../rig/servers/databases.js'

const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
} as unknown as SessionData

// SQLite is left out: its driver answers in the calling thread, so that nothing is ever under way
// beside anything else.
const servers = databases.filter(({ name }) => name !== 'SQLite')

describe.each(
  servers.flatMap((database) => [1, 2, 5].map((connections) => ({ ...database, connections }))),
)(
  'a pool of $connections on $name that a busy store shares with its application',
  ({ open, connections }) => {
    let connection: TestConnection

    beforeAll(() => {
      connection = open({ connections })
    })

    afterAll(() => connection.close())

    it('ends every call, and lets each query of the application pass after a few statements', async () => {
      const { knex } = connection
      const tableName = uniqueTable('shared')
      const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
      await store.ready
      let statements = 0
      knex.on('query', () => statements++)
      const sids = Array.from({ length: 300 }, (_, index) => `sid ${String(index)}`)
      const state = { busy: true }
      const work = (async () => {
        for (let turn = 0; turn < 5; turn++) {
          await Promise.all(
            sids.flatMap((sid) => [
              store.get(sid),
              store.set(sid, session),
              store.touch(sid, session),
              store.prune(),
            ]),
          )
        }
        state.busy = false
      })()
      let queries = 0
      let most = 0
      while (state.busy) {
        const before = statements
        await knex.raw('select 1')
        most = Math.max(most, statements - before)
        queries++
      }
      await work
      expect(queries).toBeGreaterThan(5)
      // Its own one, those that wait before it, and those that other connections run meanwhile.
      expect(most).toBeLessThanOrEqual(3 * connections + 10)
      await knex.schema.dropTable(tableName)
    })
  },
)

/** How to keep everybody else from a table, and how to let them in again, in a transaction. */
const lockings: Readonly<
  Record<string, { readonly lock: (tableName: string) => string; readonly unlock?: string }>
> = {
  PostgreSQL: { lock: (tableName) => `lock table ${tableName} in access exclusive mode` },
  MariaDB: { lock: (tableName) => `lock tables ${tableName} write`, unlock: 'unlock tables' },
}

describe.each(servers)('a store whose table is locked, on $name', ({ name, open }) => {
  it('leaves a fifth of a pool of ten to its application, however many calls wait', async () => {
    const { knex, close } = open({ connections: 10 })
    const other = open({ connections: 1 })
    const tableName = uniqueTable('crowded')
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, batch: { size: 4 } })
    await store.ready
    const { lock, unlock } = lockings[name]!
    const transaction = await other.knex.transaction()
    await transaction.raw(lock(tableName))
    let ended = 0
    const calls = Array.from({ length: 100 }, (_, index) => `sid ${String(index)}`).flatMap(
      (sid) => [store.get(sid), store.set(sid, session)],
    )
    const count = () => ended++
    for (const call of calls) call.then(count, count)
    const { pool } = knex.client as { pool: { numUsed(): number } }
    while (pool.numUsed() < 8) await endOfTurn()
    await Promise.all([knex.raw('select 1'), knex.raw('select 1')])
    expect(pool.numUsed()).toBe(8)
    expect(ended).toBe(0)
    if (unlock !== undefined) await transaction.raw(unlock)
    await transaction.rollback()
    await Promise.all(calls)
    await knex.schema.dropTable(tableName)
    await Promise.all([close(), other.close()])
  })
})

describe.each(servers)(
  'a clear that has to wait for a connection for too long, on $name',
  ({ open }) => {
    it('deletes nothing that was written after it', async () => {
      const { knex, close } = open({ connections: 1 })
      const tableName = uniqueTable('cleared')
      const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout: 300 })
      await store.ready
      await store.set('before', session)
      const transaction = await knex.transaction()
      const cleared = store.clear()
      await expect(cleared).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
      const set = store.set('after', session)
      await transaction.rollback()
      await set
      expect(await store.get('after')).toMatchObject(session)
      expect(await store.length()).toBeLessThanOrEqual(2)
      await knex.schema.dropTable(tableName)
      await close()
    })
  },
)

describe.each(servers)(
  'a call that has to wait for a connection for too long, on $name',
  ({ open }) => {
    const calls = {
      set: (store: KnexSessionStore) => store.set('sid', session),
      destroy: (store: KnexSessionStore) => store.destroy('sid'),
      clear: (store: KnexSessionStore) => store.clear(),
    }

    it.each(
      Object.entries(calls).flatMap(([name, call]) =>
        [true, false].map((preparedStatements) => ({ name, call, preparedStatements })),
      ),
    )(
      'is never sent after its caller was told: $name, prepared statements: $preparedStatements',
      async ({ call, preparedStatements }) => {
        const { knex, close } = open({ connections: 1 })
        const other = open({ connections: 1 })
        const tableName = uniqueTable('late')
        const store = new KnexSessionStore({
          knex,
          tableName,
          cleanupInterval: 0,
          timeout: 300,
          preparedStatements,
        })
        const elsewhere = new KnexSessionStore({ knex: other.knex, tableName, cleanupInterval: 0 })
        await store.ready
        const transaction = await knex.transaction()
        await expect(call(store)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
        const later = { ...session, of: 'another process' }
        await elsewhere.set('sid', later)
        await transaction.rollback()
        await store.close()
        expect(await elsewhere.get('sid')).toMatchObject({ of: 'another process' })
        await knex.schema.dropTable(tableName)
        await elsewhere.close()
        await Promise.all([close(), other.close()])
      },
    )
  },
)
