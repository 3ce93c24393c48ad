import pg from 'pg'
import { setTimeout as delay } from 'node:timers/promises'
import { start as startHaproxy } from '../../scripts/servers/haproxy.mjs'
import { start as startPatroni, type Cluster, type Node } from '../../scripts/servers/patroni.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { concludeAll } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex } from '../rig/servers/private-servers.js'

/** How many connections of the applications a server has. */
async function connectionsTo({ url }: Server): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where application_name = 'load'`,
    )
    return rows[0]?.count ?? NaN
  } finally {
    await client.end()
  }
}

const named = (url: string) => `${url}?application_name=load`

/** Longer than a failover takes with the times of Patroni's example for HAProxy, in ms. */
const timeout = 30_000

describe('a PostgreSQL under Patroni, with an application behind HAProxy and one that looks for the primary itself', () => {
  let cluster: Cluster
  let haproxy: Server
  let loads: LoadProcess[]
  let first: Node
  let second: Node

  beforeAll(async () => {
    cluster = await startPatroni()
    ;[first, second] = cluster.nodes as [Node, Node]
    await cluster.until(second, 'sync')
    haproxy = await startHaproxy({ nodes: cluster.nodes })
    const common = { primaryOnly: true, store: { timeout } }
    loads = [
      await LoadProcess.start({
        ...common,
        knex: applicationKnex('pg', named(haproxy.url)),
        callers: { name: 'behind HAProxy', callers: 20 },
      }),
      await LoadProcess.start({
        ...common,
        knex: applicationKnex('pg', ''),
        servers: [named(first.url), named(second.url)],
        callers: { name: 'by itself', callers: 20, seed: 4_712 },
      }),
    ]
    for (const load of loads) await load.begin()
  }, 120_000)

  afterAll(async () => {
    await haproxy.stop()
    await cluster.stop()
  })

  /** Resolves when calls of both applications work, to how long that took, in s. */
  async function answered(since: number): Promise<string> {
    const calls = await Promise.all(loads.map((load) => load.call()))
    expect(calls.map(({ error }) => error)).toEqual([null, null])
    return ((performance.now() - since) / 1_000).toFixed(1)
  }

  it('a switchover, and a primary that is killed with its Patroni, lose nothing; no call fails, and the server that comes back as a standby has no connection of theirs', async () => {
    await delay(1_000)
    const switched = performance.now()
    await cluster.switchOver(first, second)
    const afterSwitch = await answered(switched)
    await cluster.until(first, 'sync')
    while ((await connectionsTo(first)) > 0) await delay(50)

    const killed = performance.now()
    await second.kill9()
    await cluster.until(first, 'primary')
    const afterKill = await answered(killed)
    await second.restart()
    await cluster.until(second, 'sync')
    expect(await connectionsTo(second)).toBe(0)

    const what = `Patroni: calls work ${afterSwitch} s after a switchover, ${afterKill} s after the primary was killed`
    const conclusions = await concludeAll(what, loads, { knex: applicationKnex('pg', first.url) })
    expect(conclusions.map(({ report }) => report.errors)).toEqual([{}, {}])
  }, 180_000)
})
