import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { uniqueTable } from '../rig/servers/databases.js'
import { conclude, concludeAll } from '../rig/load/conclusion.js'
import { LoadProcess, type Load } from '../rig/load/load-process.js'
import { lockBackwards, sidsOf, whileLocked } from '../rig/load/other-clients.js'
import { servers, serversAndSqlite, type OpenDatabase } from '../rig/servers/shared-databases.js'

const callers = 32

// Deadlocks come when they come: on a busy machine, late.
jest.setTimeout(90_000)

describe.each(servers)('two applications under load on one $name', ({ name, client, open }) => {
  const tableName = uniqueTable('contended')
  let database: OpenDatabase
  let other: Knex

  beforeAll(async () => {
    database = open()
    ;({ other } = database)
    await new KnexSessionStore({ knex: other, tableName, cleanupInterval: 0 }).ready
  })

  afterAll(async () => {
    await other.schema.dropTable(tableName)
    await database.close()
  })

  /** One of them is watched; the statements of the other one go past knex. */
  async function begin(
    apps: string,
    statements: readonly string[],
    load: Partial<Load['callers']> = {},
  ) {
    const start = (app: number) =>
      LoadProcess.start({
        ...database.load,
        statements,
        watched: app === 0,
        store: { tableName },
        callers: { ...load, name: `${apps} ${app}`, callers, seed: app },
      })
    const watched = await start(0)
    const loads = [watched, await start(1)]
    await Promise.all(loads.map((each) => each.begin()))
    await watched.until(({ acknowledged }) => acknowledged > 300)
    return {
      watched,
      loads,
      sids: [0, 1].flatMap((app) => sidsOf(`${apps} ${app}`, callers)).sort(),
    }
  }

  async function end(what: string, loads: readonly LoadProcess[]) {
    const conclusions = await concludeAll(`${name}, ${what}`, loads, {
      knex: database.load.knex,
      tableName,
    })
    expect(conclusions.map(({ report }) => report.errors)).toEqual([{}, {}])
    return conclusions[0]?.report.hidden ?? {}
  }

  it('a lock timeout of the database is tried again until the lock is gone', async () => {
    const [code, hasty] =
      client === 'pg'
        ? ['55P03', `set lock_timeout = '50ms'`]
        : ['1205', 'set innodb_lock_wait_timeout = 1']
    const { watched, loads, sids } = await begin('locked', [hasty])
    for (let round = 1; round <= 2; round++) {
      await whileLocked(other, tableName, sids, () =>
        watched.until(({ hidden }) => (hidden[code] ?? 0) >= round * 2),
      )
    }
    expect((await end('lock timeouts', loads))[code]).toBeGreaterThanOrEqual(4)
  })

  it('deadlocks with the transactions of other clients are tried again, whoever they ended', async () => {
    // On PostgreSQL whoever looks first is the one that ends: here after the others hold all that
    // they want, and before these look.
    const [code, ...victim] =
      client === 'pg' ? ['40P01', `set deadlock_timeout = '60ms'`] : ['1213']
    const { watched, loads, sids } = await begin('dead', victim, { sidsEach: 1 })
    const locked = sids.filter((_, each) => each % 4 === 0)
    let over = false
    const clients = [0, 1].map((one) => lockBackwards(other, tableName, locked, one, () => over))
    await watched.until(({ hidden }) => (hidden[code] ?? 0) >= 5)
    over = true
    await Promise.all(clients)
    expect((await end('deadlocks with two other clients', loads))[code]).toBeGreaterThanOrEqual(5)
  })

  it('two batches that write the same sessions at once fail no call, nor does what the database refuses of them', async () => {
    const serializable =
      client === 'pg' ? [`set default_transaction_isolation = 'serializable'`] : []
    const { watched, loads } = await begin('same', serializable, { shared: 5, think: 2 })
    // MariaDB has nothing to refuse here, at whatever isolation level: each statement waits for the
    // other.
    const { calls } = await watched.figures()
    await watched.until(
      (report) =>
        report.calls > calls + 2_000 && (client !== 'pg' || (report.hidden['40001'] ?? 0) >= 5),
    )
    await end('the same sessions written by both', loads)
  })
})

describe.each(serversAndSqlite)('a table on $name that is dropped under load', ({ name, open }) => {
  it('is made again, and no call fails', async () => {
    const tableName = uniqueTable('dropped')
    const { load: config, other, close } = open()
    const load = await LoadProcess.start({ ...config, store: { tableName } })
    await load.begin()
    for (let round = 1; round <= 5; round++) {
      await load.until(({ acknowledged }) => acknowledged > round * 100)
      // It may be gone still, where writes were answered quickly before the last time.
      await load.losing(() => other.schema.dropTableIfExists(tableName))
    }
    const { acknowledged } = await load.figures()
    await load.until((report) => report.acknowledged > acknowledged + 300)
    const { report } = await conclude(`${name}, table dropped five times`, load, {
      knex: config.knex,
      tableName,
    })
    expect(report.errors).toEqual({})
    await other.schema.dropTable(tableName)
    await close()
  })
})
