import { setTimeout as delay } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { uniqueTable } from '../databases.js'

interface Contender {
  readonly name: string
  readonly client: string
  readonly variable: string
  /** The store's own statements give up on a lock within this time and are told so. */
  readonly hasty: readonly string[]
  /** The store's own statement is the one that a deadlock ends. */
  readonly victim: readonly string[]
}

const contenders: readonly Contender[] = [
  {
    name: 'PostgreSQL',
    client: 'pg',
    variable: 'PG_URL',
    hasty: [`set lock_timeout = '50ms'`],
    // Whoever looks first is the one that ends.
    victim: [`set deadlock_timeout = '20ms'`],
  },
  {
    name: 'MariaDB',
    client: 'mysql2',
    variable: 'MYSQL_URL',
    hasty: ['set innodb_lock_wait_timeout = 1'],
    victim: [],
  },
]

function session(turn: number): SessionData {
  return { cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() }, turn } as unknown as SessionData
}

/** A knex instance, each connection of which begins with these statements. */
function knexThat(client: string, url: string, statements: readonly string[]): Knex {
  return createKnex({
    client,
    connection: url,
    pool: {
      min: 0,
      max: 6,
      afterCreate(connection: { query(sql: string, done: (error: unknown) => void): void }, done: (error: unknown, each: unknown) => void) {
        if (statements.length === 0) done(null, connection)
        else connection.query(statements.join('; '), (error) => done(error, connection))
      },
    },
  })
}

/** Counts the errors of a store's statements that it hides from its callers. */
function failures(knex: Knex): Set<unknown> {
  const codes = new Set<unknown>()
  knex.on('query-error', ({ code, errno }: { code?: unknown; errno?: unknown }) => codes.add(errno ?? code))
  return codes
}

describe.each(contenders)('on $name', ({ client, variable, hasty, victim }) => {
  const tableName = uniqueTable('contended')
  const url = process.env[variable] ?? ''
  let application: Knex

  beforeAll(async () => {
    application = knexThat(client, url, [])
    await new KnexSessionStore({ knex: application, tableName, cleanupInterval: 0 }).ready
  })

  afterAll(async () => {
    await application.schema.dropTable(tableName)
    await application.destroy()
  })

  it('a lock timeout of the database is tried again until the lock is gone', async () => {
    const knex = knexThat(client, url, hasty)
    const codes = failures(knex)
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    await Promise.all(['a', 'b'].map((sid) => store.set(sid, session(0))))
    const transaction = await application.transaction()
    await transaction(tableName).where({ sid: 'a' }).forUpdate().select('sid')
    const calls = Promise.all(['a', 'b'].map((sid) => store.set(sid, session(1))))
    while (codes.size === 0) await delay(20)
    await transaction.rollback()
    await calls
    expect(await store.get('a')).toMatchObject({ turn: 1 })
    expect([...codes]).toEqual([client === 'pg' ? '55P03' : 1205])
    await knex.destroy()
  })

  it('a deadlock with another client’s transaction is tried again, whoever it ended', async () => {
    const knex = knexThat(client, url, victim)
    const codes = failures(knex)
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    const sids = ['d1', 'd2']
    await Promise.all(sids.map((sid) => store.set(sid, session(0))))
    for (let turn = 1; turn <= 10; turn++) {
      const transaction = await application.transaction()
      // MariaDB ends the transaction that has changed fewer rows: not this one.
      await transaction(tableName).insert(
        Array.from({ length: 50 }, (_, each) => ({ sid: `weight ${each}`, sess: '{}', expired: new Date(Date.now() + 60_000) })),
      )
      await transaction(tableName).where({ sid: 'd2' }).forUpdate().select('sid')
      const calls = Promise.all(sids.map((sid) => store.set(sid, session(turn))))
      await delay(10)
      // The store holds d1 and waits for d2.
      await transaction(tableName)
        .where({ sid: 'd1' })
        .forUpdate()
        .select('sid')
        .catch(() => undefined)
      await transaction.rollback()
      await calls
      for (const sid of sids) expect(await store.get(sid)).toMatchObject({ turn })
    }
    expect([...codes]).toEqual([client === 'pg' ? '40P01' : 1213])
    await knex.destroy()
  })

  it('two stores that write the same sessions at once fail no call', async () => {
    const stores = [1, 2, 3].map(() => {
      const knex = knexThat(client, url, client === 'pg' ? [`set default_transaction_isolation = 'serializable'`] : [])
      return { knex, codes: failures(knex), store: new KnexSessionStore({ knex, tableName, cleanupInterval: 0 }) }
    })
    const sids = Array.from({ length: 20 }, (_, each) => `both ${each}`)
    for (let turn = 0; turn < 30; turn++) {
      await Promise.all(
        stores.flatMap(({ store }, by) =>
          sids.map((sid) => (turn % 5 === 4 && by === 0 ? store.destroy(sid) : store.set(sid, session(turn)))),
        ),
      )
    }
    const codes = new Set(stores.flatMap((each) => [...each.codes]))
    // MariaDB has nothing to refuse here: each statement waits for the other.
    if (client === 'pg') expect([...codes]).toContain('40001')
    await Promise.all(stores.map(({ knex }) => knex.destroy()))
  })

  it('a table that is dropped under load is made again, and no call fails', async () => {
    const dropped = uniqueTable('dropped')
    const knex = knexThat(client, url, [])
    const store = new KnexSessionStore({ knex, tableName: dropped, cleanupInterval: 0 })
    await store.ready
    const state = { busy: true }
    let calls = 0
    const callers = Promise.all(
      Array.from({ length: 32 }, async (_, caller) => {
        while (state.busy) {
          await store.set(`${caller}`, session(calls++))
          await store.get(`${caller}`)
          await store.touch(`${caller}`, session(calls))
          await delay(1)
        }
      }),
    )
    const round = async () => {
      for (let each = 0; each < 5; each++) {
        await delay(100)
        await application.schema.dropTable(dropped)
      }
      await delay(100)
      state.busy = false
    }
    await Promise.all([callers, round()])
    await store.set('last', session(calls))
    expect(await store.get('last')).toMatchObject({ turn: calls })
    await knex.schema.dropTable(dropped)
    await knex.destroy()
  })
})
