import { setTimeout as delay } from 'node:timers/promises'
import type { Server } from '../../../scripts/servers/process.mjs'
import { LoadProcess } from './load-process.js'
import { faultless, outcomeOf, tell } from './outcome.js'
import { applicationKnex, privateServers } from './private-servers.js'
import { outage } from './outage.js'

describe.each(privateServers)('under load, a $name that is killed', ({ name, client, start }) => {
  let server: Server

  beforeAll(async () => {
    server = await start()
  })

  afterAll(() => server.stop())

  it('and started again, three times, is not noticed by anybody, and nothing is lost', async () => {
    const knex = applicationKnex(client, server.url)
    const load = await LoadProcess.start({ knex })
    await load.begin()
    const away: string[] = []
    for (let round = 0; round < 3; round++) {
      await delay(500)
      away.push(await outage(server, 700))
    }
    await delay(500)
    const report = await load.stop()
    const outcome = await outcomeOf(report, knex)
    const ending = await load.end()
    tell(`${name} killed three times, away for ${away.join(', ')} s`, report, outcome, ending)
    expect(outcome).toEqual(faultless)
    expect(report.errors).toEqual({})
    expect(ending).toMatchObject({ code: 0, signal: null })
  }, 60_000)

  it('and away for longer than the time limit is named in every error, told of once, and works from the first call on', async () => {
    const knex = applicationKnex(client, server.url)
    const load = await LoadProcess.start({ knex, store: { timeout: 1_000 }, callers: { name: 'longer' } })
    await load.begin()
    await delay(500)
    const away = await outage(server, 2_500)
    const first = await load.call()
    await delay(500)
    const report = await load.stop()
    const outcome = await outcomeOf(report, knex)
    const ending = await load.end()
    tell(`${name} away for ${away} s with a time limit of 1 s`, report, outcome, ending)
    expect(first.error).toBeNull()
    expect(outcome).toEqual(faultless)
    // Whose time is up in the moment of the recovery may hear that there was no answer in time.
    const { ERR_CONNECTION: reasoned, ...others } = report.errors
    expect(reasoned).toBeGreaterThan(32)
    expect(['', 'ERR_TIMEOUT']).toContain(Object.keys(others).join())
    expect(report.outages).toEqual([
      expect.stringMatching(/failed \(\w+\): .* \(for 1\.\d s/),
      expect.stringMatching(/answers again, after/),
    ])
    // One for each connection that broke, one for each attempt, of which there are two to four a second, and ours.
    expect(ending.lines.filter((line) => !/^\s+at /.test(line)).length).toBeLessThan(50)
    expect(ending).toMatchObject({ code: 0, signal: null })
  }, 60_000)

  it('when the application starts, and comes up later, works without a restart of the application', async () => {
    const knex = applicationKnex(client, server.url)
    await server.kill9()
    const load = await LoadProcess.start({ knex, callers: { name: 'early' } })
    await load.begin()
    await delay(1_500)
    await server.restart()
    await delay(1_000)
    const report = await load.stop()
    const outcome = await outcomeOf(report, knex)
    const ending = await load.end()
    tell(`${name} up 1.5 s after the application`, report, outcome, ending)
    expect(outcome).toEqual(faultless)
    expect(report.errors).toEqual({})
    expect(report.acknowledged).toBeGreaterThan(100)
    expect(ending).toMatchObject({ code: 0, signal: null })
  }, 60_000)
})
