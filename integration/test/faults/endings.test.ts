import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import { databases, uniqueTable } from '../databases.js'
import { LoadProcess } from './load-process.js'
import { faultless, outcomeOf, tell } from './outcome.js'
import { applicationKnex } from './private-servers.js'

const servers = [
  { ...databases[0]!, client: 'pg', variable: 'PG_URL' },
  { ...databases[1]!, client: 'mysql2', variable: 'MYSQL_URL' },
]

describe.each(servers)('an application that ends under load, on $name', ({ name, client, variable, open }) => {
  it('has every acknowledged write in the database when `close` resolves, and ends by itself', async () => {
    const tableName = uniqueTable('closed')
    const knex = applicationKnex(client, process.env[variable] ?? '')
    const load = await LoadProcess.start({ knex, store: { tableName } })
    await load.begin()
    await delay(700)
    await load.closeStore()
    // Every caller gets through its pause and calls the closed store.
    await delay(200)
    const report = await load.stop()
    const outcome = await outcomeOf(report, knex, tableName)
    const ending = await load.end()
    tell(`${name}, store closed under load`, report, outcome, ending)
    expect(outcome).toEqual(faultless)
    expect(Object.keys(report.errors)).toEqual(['ERR_CLOSED'])
    expect(report.acknowledged).toBeGreaterThan(100)
    expect(ending).toEqual({ code: 0, signal: null, lines: [] })
    const { knex: admin, close } = open()
    await admin.schema.dropTable(tableName)
    await close()
  })

  it('an Express application answers what it began at SIGTERM, stores it, and ends by itself', async () => {
    const { knex, close } = open()
    await knex.schema.dropTableIfExists('sessions')
    const config = applicationKnex(client, process.env[variable] ?? '')
    const app = fork(join(__dirname, '..', '..', 'load', 'app.mjs'), [JSON.stringify(config)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [{ port }] = (await once(app, 'message')) as [{ port: number }]
    const agent = new Agent({ keepAlive: true })
    const acknowledged = new Map<string, number>()
    let refused = 0
    const caller = async () => {
      let cookie = ''
      for (;;) {
        try {
          const request = get({ port, host: '127.0.0.1', agent, headers: { cookie } })
          const [response] = (await once(request, 'response')) as [IncomingMessage]
          const { sid, views } = JSON.parse(await text(response)) as { sid: string; views: number }
          cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie
          expect(response.statusCode).toBe(200)
          acknowledged.set(sid, views)
        } catch (error) {
          // Connections that come after the signal; one kept alive ends between two requests.
          if (!['ECONNREFUSED', 'ECONNRESET'].includes(String((error as { code?: unknown }).code))) throw error
          refused++
          return
        }
      }
    }
    const callers = Promise.all(Array.from({ length: 32 }, caller))
    while (acknowledged.size < 32 || [...acknowledged.values()].some((views) => views < 5)) await delay(20)
    app.kill('SIGTERM')
    const [code, signal] = (await once(app, 'exit')) as [number | null, NodeJS.Signals | null]
    await callers
    agent.destroy()
    expect([code, signal, refused]).toEqual([0, null, 32])
    const store = new KnexSessionStore({ knex, cleanupInterval: 0, createTable: false })
    let lost = 0
    for (const [sid, views] of acknowledged) {
      const found = (await store.get(sid)) as unknown as { views: number } | null
      // The last request may have been stored and its answer lost with the connection.
      if (found === null || found.views < views || found.views > views + 1) lost++
    }
    expect(acknowledged.size).toBe(32)
    expect(lost).toBe(0)
    await knex.schema.dropTable('sessions')
    await close()
  })
})

describe.each(servers)('sixteen applications that start at once on an empty $name', ({ name, client, variable, open }) => {
  it('make one table, and all of them work', async () => {
    const tableName = uniqueTable('rushed')
    const knex = applicationKnex(client, process.env[variable] ?? '', { min: 0, max: 2 })
    const loads = await Promise.all(
      Array.from({ length: 16 }, (_, each) =>
        LoadProcess.start({ knex, store: { tableName }, callers: { name: `app ${each}`, callers: 4, seed: each } }),
      ),
    )
    const firsts = await Promise.all(loads.map((load) => load.call()))
    await Promise.all(loads.map((load) => load.begin()))
    await delay(500)
    const reports = await Promise.all(loads.map((load) => load.stop()))
    const outcomes = await Promise.all(reports.map((report) => outcomeOf(report, knex, tableName)))
    const endings = await Promise.all(loads.map((load) => load.end()))
    expect(firsts.map(({ error }) => error)).toEqual(loads.map(() => null))
    expect(outcomes).toEqual(loads.map(() => faultless))
    expect(reports.map(({ errors }) => errors)).toEqual(loads.map(() => ({})))
    expect(endings).toEqual(loads.map(() => ({ code: 0, signal: null, lines: [] })))
    tell(`${name}, one of sixteen applications that started at once`, reports[0]!, outcomes[0]!, endings[0])
    const { knex: admin, close } = open()
    await admin.schema.dropTable(tableName)
    await close()
  }, 60_000)
})
