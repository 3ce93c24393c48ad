import { uniqueTable } from '../rig/servers/databases.js'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { serversAndSqlite, type OpenDatabase } from '../rig/servers/shared-databases.js'

const connections = 4

/**
 * How much later than its time limit a caller may be told: a twentieth of it, and what a busy
 * machine adds, in ms.
 */
const late = 1_000

describe.each(serversAndSqlite)(
  'every connection of the pool taken by the application under load, on $name',
  ({ name, client, open }) => {
    // SQLite has one.
    const all = client === 'better-sqlite3' ? 1 : connections
    const tableName = uniqueTable('starved')
    let database: OpenDatabase

    beforeAll(() => {
      database = open(connections)
    })

    afterAll(async () => {
      await database.other.schema.dropTable(tableName)
      await database.close()
    })

    it('is not noticed where they come back in time; where not, calls end in time and say so, and the first call afterwards works', async () => {
      const timeout = 800
      const { knex } = database.load
      const load = await LoadProcess.start({ ...database.load, store: { tableName, timeout } })
      await load.begin()
      await load.until(({ acknowledged }) => acknowledged > 100)
      await load.occupy(all)
      const { calls } = await load.until(({ callsUnderWay }) => callsUnderWay === 48)
      await load.free()
      const { errors } = await load.until((report) => report.calls > calls + 200)
      expect(errors).toEqual({})
      await load.occupy(all)
      await load.until((report) => (report.errors['ERR_TIMEOUT'] ?? 0) >= 2 * 48)
      await load.free()
      const first = await load.call()
      const { report } = await conclude(
        `${name}, pool taken by the application, time limit ${timeout} ms`,
        load,
        { knex, tableName },
      )
      expect(first.error).toBeNull()
      expect(Object.keys(report.errors)).toEqual(['ERR_TIMEOUT'])
      expect(report.longest).toBeLessThan(timeout + late)
      // The database was there all the time.
      expect(report.outages).toEqual([])
    })

    it('fails calls past `maxQueue` at once, and keeps nothing of them', async () => {
      const maxQueue = 16
      const { knex } = database.load
      const load = await LoadProcess.start({
        ...database.load,
        store: { tableName, maxQueue, batch: { lanes: 1, size: 4 } },
        callers: { name: 'full', callers: 64, think: 5, filling: 10_000 },
      })
      await load.begin()
      const before = await load.until(({ acknowledged }) => acknowledged > 200)
      await load.occupy(all)
      const during = await load.until((report) => (report.errors['ERR_QUEUE_FULL'] ?? 0) >= 5_000)
      await load.free()
      await load.until(({ acknowledged }) => acknowledged > during.acknowledged + 200)
      const growth = (during.heap - before.heap) / 1_000_000
      const what = `${name}, \`maxQueue\` of ${maxQueue} reached by 64 callers, heap ${growth.toFixed(1)} MB larger than before`
      const { report } = await conclude(what, load, { knex, tableName })
      expect(Object.keys(report.errors)).toEqual(['ERR_QUEUE_FULL'])
      // On a busy machine the turn of the event loop takes a while.
      expect(report.longestError['ERR_QUEUE_FULL']).toBeLessThan(200)
      // What was refused would be 20 MB of sessions, and more.
      expect(growth).toBeLessThan(10)
    })
  },
)
