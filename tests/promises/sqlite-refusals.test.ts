import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { serversAndSqlite, type OpenDatabase } from '../rig/servers/shared-databases.js'

const sqlite = serversAndSqlite.find(({ client }) => client === 'better-sqlite3')!

describe('an SQLite file that refuses writes under load', () => {
  let database: OpenDatabase
  let load: LoadProcess

  beforeEach(async () => {
    database = sqlite.open()
    load = await LoadProcess.start({ ...database.load, callers: { filling: 1_000 } })
  })

  afterEach(() => database.close())

  it('because it is read-only fails them at once, as no failover will mend it; reads go on, and writes too when it can be written', async () => {
    await load.begin()
    await load.until(({ acknowledged }) => acknowledged > 200)
    await load.query('pragma query_only = on')
    const { messages, calls } = await load.until(
      ({ errors }) => (errors['ERR_DATABASE'] ?? 0) >= 200,
    )
    await load.query('pragma query_only = off')
    const first = await load.call()
    const { report } = await conclude('SQLite read-only for a while', load, {
      knex: database.load.knex,
    })
    expect(first.error).toBeNull()
    expect(messages.filter((message) => !message.includes('(SQLITE_READONLY)'))).toEqual([])
    expect(Object.keys(report.errors)).toEqual(['ERR_DATABASE'])
    expect(report.longestError['ERR_DATABASE']).toBeLessThan(1_000)
    expect(calls).toBeGreaterThan(report.errors['ERR_DATABASE'] ?? 0)
  })

  it('because it is full fails what does not fit, keeps what was acknowledged, and works when there is room again', async () => {
    // 48 callers with six sessions each, of a KB, take about 100 pages.
    await load.query('pragma max_page_count = 40')
    await load.begin()
    const full = await load.until(({ errors }) => (errors['ERR_DATABASE'] ?? 0) >= 200)
    await load.query('pragma max_page_count = 4000')
    await load.until(({ acknowledged }) => acknowledged > full.acknowledged + 500)
    const { report } = await conclude('SQLite full for a while', load, { knex: database.load.knex })
    expect(full.messages.filter((message) => !message.includes('(SQLITE_FULL)'))).toEqual([])
    expect(full.acknowledged).toBeGreaterThan(20)
    expect(Object.keys(report.errors)).toEqual(['ERR_DATABASE'])
    expect(report.longestError['ERR_DATABASE']).toBeLessThan(1_000)
  })
})
