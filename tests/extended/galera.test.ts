import { setTimeout as delay } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import { start as startGalera, synced } from '../../scripts/servers/galera.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { concludeAll } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex } from '../rig/servers/private-servers.js'

async function counter(url: string, name: string): Promise<number> {
  const connection = await mysql.createConnection(url)
  try {
    const [rows] = await connection.query('show global status like ?', [name])
    return Number((rows as { Value: string }[])[0]?.Value)
  } finally {
    await connection.end()
  }
}

describe('a Galera cluster of three MariaDB nodes, with an application on each of two that write the same sessions', () => {
  let nodes: Server[]
  let loads: LoadProcess[]

  const url = (node: number) => nodes[node]?.url ?? ''

  beforeAll(async () => {
    nodes = await startGalera()
    const first = await LoadProcess.start({
      knex: applicationKnex('mysql2', ''),
      servers: [url(0), url(2)],
      callers: { name: 'one', callers: 32, shared: 3 },
    })
    const second = await LoadProcess.start({
      knex: applicationKnex('mysql2', ''),
      servers: [url(1), url(0)],
      callers: { name: 'two', callers: 32, shared: 3, seed: 4_712 },
    })
    loads = [first, second]
    await Promise.all(loads.map((load) => load.begin()))
  }, 120_000)

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  })

  it('certification conflicts are tried again; a node that is killed, of one application too, loses nothing and fails no call', async () => {
    await delay(4_000)
    const conflicts =
      (await counter(url(0), 'wsrep_local_cert_failures')) +
      (await counter(url(0), 'wsrep_local_bf_aborts'))
    // Nobody's own node first, then the one that the second application writes to.
    await nodes[2]?.kill9()
    await delay(9_000)
    await nodes[2]?.restart()
    await synced(url(2))
    await nodes[1]?.kill9()
    await delay(9_000)
    const what = `Galera, an application on each of two nodes, two nodes killed, ${conflicts} conflicts on node 1`
    const conclusions = await concludeAll(what, loads, { knex: applicationKnex('mysql2', url(0)) })
    expect(conflicts).toBeGreaterThan(0)
    expect(conclusions.map(({ report }) => report.errors)).toEqual([{}, {}])
  }, 120_000)
})
