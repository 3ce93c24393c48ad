import { describeOnPrivateServers } from '../rig/servers/private-servers.js'
import { killForLonger, killThreeTimes } from '../rig/load/restart-scenarios.js'

describeOnPrivateServers(
  'with the default time limit, under load, a $name that is killed',
  (own) => {
    it('and away for five seconds, three times, is not noticed by anybody, and nothing is lost', async () => {
      const { report } = await killThreeTimes(own(), {
        pause: 2_000,
        away: 4_800,
        callers: { callers: 64 },
      })
      expect(report.outages).toHaveLength(6)
    }, 60_000)

    it('and away for 13 seconds fails calls with the reason, and works from the first call on', async () => {
      await killForLonger(own(), {
        pause: 1_000,
        away: 13_000,
        callers: { callers: 64, name: 'longer' },
      })
    }, 60_000)
  },
)
