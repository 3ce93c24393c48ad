import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import createKnex from 'knex'
import { record } from '../../scripts/jest/facts.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import type { Report } from '../rig/load/main.mjs'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess, type Load } from '../rig/load/load-process.js'
import { outage } from '../rig/servers/outage.js'
import { applicationKnex, privateServers } from '../rig/servers/private-servers.js'

const seconds = Number(process.env['KNEX_SESSION_SOAK_SECONDS'] ?? 60)
const callers = { callers: 32, think: 40, brief: true }

interface Soak {
  readonly name: string
  readonly load: Load
  readonly server?: Server
}

/** The middle one of some measured values. */
function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
}

/** What a value was in the first third of a soak, behind the warm-up, and in the last third. */
function thirds(
  samples: readonly Report[],
  value: (report: Report) => number,
): { readonly first: number; readonly last: number } {
  const warm = samples.slice(1)
  const third = Math.max(Math.floor(warm.length / 3), 1)
  return {
    first: median(warm.slice(0, third).map(value)),
    last: median(warm.slice(-third).map(value)),
  }
}

it(
  `a soak of ${seconds} s with prunes, outages and restarts: nothing is lost; heap, handles, timers and connections stay flat`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
    const soaks: Soak[] = []
    for (const { name, client, start } of privateServers) {
      const server = await start()
      soaks.push({
        name,
        server,
        load: {
          knex: applicationKnex(client, server.url),
          store: { cleanupInterval: 2_000 },
          callers,
        },
      })
    }
    soaks.push({
      name: 'SQLite',
      load: {
        knex: {
          client: 'better-sqlite3',
          connection: { filename: join(folder, 'sessions.sqlite') },
          useNullAsDefault: true,
        },
        statements: [
          'pragma busy_timeout = 5000',
          'pragma journal_mode = wal',
          'pragma synchronous = normal',
        ],
        store: { cleanupInterval: 2_000 },
        callers,
      },
    })
    const running = await Promise.all(
      soaks.map(async (soak) => ({
        ...soak,
        process: await LoadProcess.start(soak.load),
        samples: [] as Report[],
      })),
    )
    await Promise.all(running.map(({ process }) => process.begin()))
    const end = performance.now() + seconds * 1_000
    const servers = soaks.flatMap(({ server }) => server ?? [])
    const pause = Math.min(Math.max(seconds / 24, 2), 60) * 1_000
    for (let round = 0; performance.now() < end; round++) {
      await delay(pause)
      // Killed, or stopped in good order, one server after the other.
      const server = servers[round % servers.length]
      if (round % 4 < 2) await server?.restart()
      else if (server) await outage(server, 1_000)
      await delay(pause)
      for (const each of running) each.samples.push(await each.process.figures())
    }
    for (const { name, load, process, samples } of running) {
      const { report } = await conclude(`${name}, soak of ${seconds} s`, process, {
        knex: load.knex,
        goesOn: true,
      })
      // The last of the brief ones expire.
      await delay(1_100)
      await process.prune()
      const ending = await process.end()
      const figures = {
        heap: thirds(samples, ({ heap }) => heap / 1_000_000),
        handles: thirds(samples, ({ handles }) => handles),
        timers: thirds(samples, ({ timers }) => timers),
        connections: thirds(samples, ({ connections }) => connections),
      }
      const words = Object.entries(figures).map(
        ([what, { first, last }]) => `${what} ${first.toFixed(1)} then ${last.toFixed(1)}`,
      )
      record({
        figures: `${name}, soak, first third and last third: ${words.join('; ')} (heap in MB)`,
      })
      expect(report.errors).toEqual({})
      expect(ending).toMatchObject({ code: 0, signal: null })
      expect(figures.heap.last).toBeLessThan(figures.heap.first * 1.15 + 2)
      expect(figures.handles.last).toBeLessThanOrEqual(figures.handles.first + 8)
      expect(figures.timers.last).toBeLessThanOrEqual(figures.timers.first + 16)
      expect(figures.connections.last).toBeLessThanOrEqual(10)
      const knex = createKnex(load.knex)
      const [rows] = await knex('sessions').count({ count: '*' })
      // What was brief is gone: a session of each caller's own ids is left, and the one beside
      // them.
      expect(Number(rows?.['count'])).toBeLessThanOrEqual(32 * 6 + 1)
      await knex.destroy()
    }
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true })
  },
  seconds * 1_000 + 120_000,
)
