import { setTimeout as delay } from 'node:timers/promises'
import type { Server } from '../../scripts/servers/process.mjs'
import { LoadProcess } from '../test/faults/load-process.js'
import { outage } from '../test/faults/outage.js'
import { faultless, outcomeOf, tell } from '../test/faults/outcome.js'
import { applicationKnex, privateServers } from '../test/faults/private-servers.js'

describe.each(privateServers)('with the default time limit, under load, a $name that is killed', ({ name, client, start }) => {
  let server: Server

  beforeAll(async () => {
    server = await start()
  })

  afterAll(() => server.stop())

  it('and away for five seconds, three times, is not noticed by anybody, and nothing is lost', async () => {
    const knex = applicationKnex(client, server.url)
    const load = await LoadProcess.start({ knex, callers: { callers: 64 } })
    await load.begin()
    const away: string[] = []
    for (let round = 0; round < 3; round++) {
      await delay(2_000)
      away.push(await outage(server, 4_800))
    }
    await delay(2_000)
    const report = await load.stop()
    const outcome = await outcomeOf(report, knex)
    const ending = await load.end()
    tell(`${name} killed three times, away for ${away.join(', ')} s`, report, outcome, ending)
    expect(outcome).toEqual(faultless)
    expect(report.errors).toEqual({})
    expect(report.outages).toHaveLength(6)
    expect(ending).toMatchObject({ code: 0, signal: null })
  }, 60_000)

  it('and away for 13 seconds fails calls with the reason, and works from the first call on', async () => {
    const knex = applicationKnex(client, server.url)
    const load = await LoadProcess.start({ knex, callers: { callers: 64, name: 'longer' } })
    await load.begin()
    await delay(1_000)
    const away = await outage(server, 13_000)
    const first = await load.call()
    await delay(1_000)
    const report = await load.stop()
    const outcome = await outcomeOf(report, knex)
    const ending = await load.end()
    tell(`${name} away for ${away} s`, report, outcome, ending)
    expect(first.error).toBeNull()
    expect(outcome).toEqual(faultless)
    // Whose time is up in the moment of the recovery may hear that there was no answer in time.
    const { ERR_CONNECTION: reasoned, ...others } = report.errors
    expect(reasoned).toBeGreaterThan(32)
    expect(['', 'ERR_TIMEOUT']).toContain(Object.keys(others).join())
    expect(report.outages).toHaveLength(2)
    expect(ending).toMatchObject({ code: 0, signal: null })
  }, 60_000)
})
