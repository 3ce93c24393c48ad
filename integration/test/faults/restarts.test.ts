import { setTimeout as delay } from 'node:timers/promises'
import type { Server } from '../../../scripts/servers/process.mjs'
import { LoadProcess } from './load-process.js'
import { faultless, outcomeOf, tell } from './outcome.js'
import { applicationKnex, privateServers } from './private-servers.js'

const OUT = Number(process.env['OUT'] ?? 500)
describe.each(privateServers)('a $name that is killed and started again, three times, under load', ({ name, client, start }) => {
  let server: Server

  beforeAll(async () => {
    server = await start()
  })

  afterAll(() => server.stop())

  it('nobody is told, and nothing is lost', async () => {
    const knex = applicationKnex(client, server.url)
    const load = await LoadProcess.start({ knex, store: {} })
    await load.begin()
    const outages: number[] = []
    for (let round = 0; round < 3; round++) {
      await delay(700)
      const killed = performance.now()
      await server.kill9()
      await delay(OUT)
      await server.restart()
      outages.push(performance.now() - killed)
    }
    await delay(700)
    const report = await load.stop()
    const outcome = await outcomeOf(report, knex, 'sessions')
    const ending = await load.close()
    tell(`${name}, killed three times (away for ${outages.map((ms) => ms.toFixed(0)).join(', ')} ms)`, report, outcome, ending)
    if (process.env['SHOW']) console.log(report.messages, ending.lines.slice(0, 60).join('\n'))
    expect(outcome).toEqual(faultless)
    expect(report.errors).toEqual({})
    expect(ending).toMatchObject({ code: 0, signal: null })
  }, 120_000)
})
