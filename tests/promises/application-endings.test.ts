import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import { record } from '../../scripts/jest/facts.mjs'
import { uniqueTable } from '../rig/servers/databases.js'
import { conclude, concludeAll } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { serversAndSqlite } from '../rig/servers/shared-databases.js'
import { Visitors } from '../rig/load/visitors.js'

describe.each(serversAndSqlite)(
  'an application that ends under load, on $name',
  ({ name, open }) => {
    it('has every acknowledged write in the database when `close` resolves, and ends by itself', async () => {
      const tableName = uniqueTable('closed')
      const { load: config, other, close } = open()
      const load = await LoadProcess.start({ ...config, store: { tableName } })
      await load.begin()
      await load.until(({ acknowledged }) => acknowledged > 300)
      await load.closeStore()
      // Every caller gets through its pause and calls the closed store.
      await load.until(({ errors }) => (errors['ERR_CLOSED'] ?? 0) >= 48)
      const { report, ending } = await conclude(`${name}, store closed under load`, load, {
        knex: config.knex,
        tableName,
      })
      expect(Object.keys(report.errors)).toEqual(['ERR_CLOSED'])
      expect(ending.lines).toEqual([])
      await other.schema.dropTable(tableName)
      await close()
    })

    it('an Express application answers what it began at SIGTERM, stores it, and ends by itself', async () => {
      const { load, other, close } = open()
      const tableName = uniqueTable('ended')
      const app = fork(
        join(__dirname, '..', 'rig', 'load', 'app.mjs'),
        [JSON.stringify({ ...load, store: { tableName } })],
        {
          stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        },
      )
      const said = text(app.stderr!)
      const [{ port }] = (await once(app, 'message')) as [{ port: number }]
      const visitors = new Visitors(port, 48)
      const { acknowledged, answers, refusals } = visitors
      while (acknowledged.size < 48 || [...acknowledged.values()].some((views) => views < 5))
        await delay(20)
      app.kill('SIGTERM')
      const [code, signal] = (await once(app, 'exit')) as [number | null, NodeJS.Signals | null]
      await visitors.gone()
      const store = new KnexSessionStore({
        knex: other,
        tableName,
        cleanupInterval: 0,
        createTable: false,
      })
      let lost = 0
      for (const [sid, views] of acknowledged) {
        const found = (await store.get(sid)) as unknown as { views: number } | null
        // The last request may have been stored and its answer lost with the connection.
        if (found === null || found.views < views || found.views > views + 1) lost++
      }
      const words = (counts: Record<string, number>) =>
        Object.entries(counts).map(([what, times]) => `${times} ${what}`)
      record({
        figures:
          `${name}, Express application ended by SIGTERM under 48 visitors: answers ${words(answers).join(', ')}; ${acknowledged.size} sessions; ` +
          `${lost} lost; 0 hung; then ${words(refusals).join(', ')}; exit code ${code}`,
      })
      // A rejection that nobody handles would end the process with another code, and say so.
      expect([code, signal, await said]).toEqual([0, null, ''])
      expect([acknowledged.size, lost, Object.keys(answers)]).toEqual([48, 0, ['200']])
      // Connections that come after the signal; one kept alive ends between two requests.
      expect(['ECONNREFUSED', 'ECONNRESET']).toEqual(expect.arrayContaining(Object.keys(refusals)))
      await other.schema.dropTable(tableName)
      await close()
    })
  },
)

describe.each(serversAndSqlite)(
  'sixteen applications that start at once on an empty $name',
  ({ name, open }) => {
    it('make one table, and all of them work', async () => {
      const tableName = uniqueTable('rushed')
      const { load: config, other, close } = open(2)
      const loads = await Promise.all(
        Array.from({ length: 16 }, (_, each) =>
          LoadProcess.start({
            ...config,
            store: { tableName },
            callers: { name: `app ${each}`, callers: 4, seed: each },
          }),
        ),
      )
      const firsts = await Promise.all(loads.map((load) => load.call()))
      await Promise.all(loads.map((load) => load.begin()))
      await Promise.all(loads.map((load) => load.until(({ acknowledged }) => acknowledged > 20)))
      const what = `${name}, sixteen applications that started at once`
      const conclusions = await concludeAll(what, loads, { knex: config.knex, tableName })
      expect(firsts.map(({ error }) => error)).toEqual(loads.map(() => null))
      expect(conclusions.map(({ report }) => report.errors)).toEqual(loads.map(() => ({})))
      expect(conclusions.map(({ ending }) => ending.lines)).toEqual(loads.map(() => []))
      await other.schema.dropTable(tableName)
      await close()
    }, 60_000)
  },
)
