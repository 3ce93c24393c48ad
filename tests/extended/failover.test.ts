import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { start as startPostgres, startStandby } from '../../scripts/servers/postgres.mjs'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex } from '../rig/servers/private-servers.js'

async function run(url: string, ...statements: readonly string[]): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: unknown
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

describe('a PostgreSQL primary that is killed under load, its standby promoted', () => {
  it('the pool finds the new primary by knex’s function `connection`; nothing is lost and nobody is told', async () => {
    const primary = await startPostgres({ settings: { wal_log_hints: 'on' } })
    const standby = await startStandby({ primary })
    // From here on a commit is acknowledged when the standby has it too.
    await run(
      primary.url,
      `alter system set synchronous_standby_names = '*'`,
      'select pg_reload_conf()',
    )
    const load = await LoadProcess.start({
      knex: applicationKnex('pg', ''),
      servers: [primary.url, standby.url],
      primaryOnly: true,
    })
    await load.begin()
    await delay(1_500)
    expect(await run(primary.url, 'select sync_state from pg_stat_replication')).toEqual([
      { sync_state: 'sync' },
    ])
    const killed = performance.now()
    await primary.kill9()
    await delay(1_500)
    expect(await run(standby.url, 'select pg_promote() as promoted')).toEqual([{ promoted: true }])
    const away = ((performance.now() - killed) / 1_000).toFixed(1)
    const first = await load.call()
    await delay(2_000)
    const remains = { knex: applicationKnex('pg', standby.url) }
    const { report } = await conclude(`PostgreSQL standby promoted after ${away} s`, load, remains)
    expect(first.error).toBeNull()
    expect(report.errors).toEqual({})
    await standby.stop()
    await primary.stop()
  }, 60_000)
})
