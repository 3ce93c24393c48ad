import pg from 'pg'
import { setTimeout as delay } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-postgres'
import createKnex from 'knex'
import { start as startPgpool } from '../../scripts/servers/pgpool.mjs'
import { start as startPostgres, startStandby } from '../../scripts/servers/postgres.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex } from '../rig/servers/private-servers.js'
import { sessionOf } from '../rig/session-of.js'

async function run({ url }: Server, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

/** How many of ten sessions are read as they were written a moment ago. */
async function seenBy(url: string): Promise<number> {
  const knex = createKnex(applicationKnex('pg', url))
  const store = new KnexSessionStore({ knex, cleanupInterval: 0 })
  let seen = 0
  for (let session = 0; session < 10; session++) {
    const sid = `${url} ${String(session)}`
    await store.set(sid, sessionOf())
    if (await store.get(sid)) seen++
  }
  await store.close()
  await knex.destroy()
  return seen
}

/** As docs/high-availability.md has it: the application by this name reads from the primary. */
const settings = { app_name_redirect_preference_list: `'sessions:primary'` }
const named = ({ url }: Server) => `${url}?application_name=sessions`

describe('a Pgpool-II that balances reads, before a PostgreSQL primary and its standby', () => {
  let primary: Server
  let standby: Server

  beforeEach(async () => {
    primary = await startPostgres({ settings: { wal_log_hints: 'on' } })
    standby = await startStandby({ primary })
  }, 60_000)

  afterEach(async () => {
    await standby.stop()
    await primary.stop()
  })

  it('has reads miss what was just written, unless it is told that the application reads from the primary', async () => {
    // All reads that it may send anywhere go to the standby.
    const weights = { backend_weight0: 0, backend_weight1: 1 }
    const pgpool = await startPgpool({
      backends: [primary, standby],
      settings: { ...settings, ...weights },
    })
    expect(await seenBy(primary.url)).toBe(10)
    const here = `select exists (select from pg_class where relname = 'sessions') as here`
    while (JSON.stringify(await run(standby, here)) !== '[{"here":true}]') await delay(20)
    await run(standby, 'select pg_wal_replay_pause()')
    expect(await seenBy(pgpool.url)).toBe(0)
    expect(await seenBy(named(pgpool))).toBe(10)
    await pgpool.stop()
  }, 60_000)

  it('that promotes the standby of a primary that is killed under load loses nothing, and fails no call', async () => {
    const pgpool = await startPgpool({ backends: [primary, standby], settings })
    await run(primary, `alter system set synchronous_standby_names = '*'`)
    await run(primary, 'select pg_reload_conf()')
    const knex = applicationKnex('pg', named(pgpool))
    const load = await LoadProcess.start({
      knex,
      store: { timeout: 30_000 },
      callers: { callers: 20 },
    })
    await load.begin()
    await delay(1_500)
    const killed = performance.now()
    await primary.kill9()
    const { error } = await load.call()
    const away = ((performance.now() - killed) / 1_000).toFixed(1)
    await delay(1_000)
    const what = `Pgpool-II: calls work ${away} s after the primary was killed`
    const { report } = await conclude(what, load, { knex: applicationKnex('pg', standby.url) })
    expect(error).toBeNull()
    expect(report.errors).toEqual({})
    expect(await run(standby, 'select pg_is_in_recovery() as standby')).toEqual([
      { standby: false },
    ])
    await pgpool.stop()
  }, 120_000)
})
