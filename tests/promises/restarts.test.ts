import { setTimeout as delay } from 'node:timers/promises'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { describeOnPrivateServers } from '../rig/servers/private-servers.js'
import { killForLonger, killThreeTimes } from '../rig/load/restart-scenarios.js'

describeOnPrivateServers('under load, a $name that is killed', (own) => {
  it('and started again, three times, is not noticed by anybody, and nothing is lost', async () => {
    await killThreeTimes(own(), { pause: 500, away: 700 })
  }, 60_000)

  it('and away for longer than the time limit is named in every error, told of once, and works from the first call on', async () => {
    const { report, ending } = await killForLonger(own(), {
      pause: 500,
      away: 2_500,
      store: { timeout: 1_000 },
      callers: { name: 'longer' },
    })
    expect(report.outages).toEqual([
      expect.stringMatching(/failed \(\w+\): .* \(for 1\.\d s/),
      expect.stringMatching(/answers again, after/),
    ])
    // One for each connection that broke, one for each attempt, of which there are two to four a
    // second, and ours.
    expect(ending.lines?.filter((line) => !/^\s+at /.test(line)).length).toBeLessThan(50)
  }, 60_000)

  it('when the application starts, and comes up later, works without a restart of the application', async () => {
    const { name, server, knex } = own()
    await server.kill9()
    const load = await LoadProcess.start({ knex, callers: { name: 'early' } })
    await load.begin()
    await delay(1_500)
    await server.restart()
    expect((await load.call()).error).toBeNull()
    await delay(1_000)
    const { report } = await conclude(`${name} up 1.5 s after the application`, load, { knex })
    expect(report.errors).toEqual({})
    expect(report.acknowledged).toBeGreaterThan(32)
  }, 60_000)
})
