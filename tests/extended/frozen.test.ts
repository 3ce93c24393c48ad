import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Server } from '../../scripts/servers/process.mjs'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex, privateServers } from '../rig/servers/private-servers.js'

/** The processes of a server: its own, and those it has started. */
function processesOf({ pid }: Server): readonly number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const children = table
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
  return [pid, ...children.map(([child]) => child ?? 0)]
}

/**
 * Stops every process of a server where it is, and lets them go on after `ms`: its connections
 * stay, and nothing answers.
 */
async function freeze(server: Server, ms: number): Promise<void> {
  const frozen = processesOf(server)
  for (const pid of frozen) process.kill(pid, 'SIGSTOP')
  await delay(ms)
  for (const pid of frozen) process.kill(pid, 'SIGCONT')
}

describe.each(privateServers)(
  'under load, a $name that stands still',
  ({ name, client, start }) => {
    it.each([
      { time: 'for less than the time limit', timeout: 5_000, errors: [] },
      { time: 'for longer than the time limit', timeout: 1_000, errors: ['ERR_TIMEOUT'] },
    ])(
      '$time loses nothing, and works from the first call on',
      async ({ time, timeout, errors }) => {
        const server = await start()
        const knex = applicationKnex(client, server.url)
        const load = await LoadProcess.start({ knex, store: { timeout } })
        await load.begin()
        for (let round = 0; round < 3; round++) {
          await delay(500)
          await freeze(server, 3_500)
        }
        const first = await load.call()
        await delay(1_000)
        const { report } = await conclude(
          `${name} standing still for 3.5 s three times, ${time}`,
          load,
          { knex },
        )
        expect(first.error).toBeNull()
        expect(Object.keys(report.errors)).toEqual(errors)
        expect(report.outages).toEqual([])
        await server.stop()
      },
      60_000,
    )
  },
)
