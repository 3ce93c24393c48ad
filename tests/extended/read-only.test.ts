import { setTimeout as delay } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import createKnex from 'knex'
import { start as startMariadb } from '../../scripts/servers/mariadb.mjs'
import { start as startPostgres } from '../../scripts/servers/postgres.mjs'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex } from '../rig/servers/private-servers.js'

const servers = [
  {
    name: 'PostgreSQL',
    client: 'pg',
    code: '25006',
    start: () => startPostgres(),
    prepare: [],
    user: 'postgres',
    off: ['alter system set default_transaction_read_only = on', 'select pg_reload_conf()'],
    on: [
      'set default_transaction_read_only = off',
      'alter system reset default_transaction_read_only',
      'select pg_reload_conf()',
    ],
  },
  {
    name: 'MariaDB',
    client: 'mysql2',
    code: 'ER_OPTION_PREVENTS_STATEMENT',
    start: () => startMariadb(),
    // Root may write to a server that is read-only.
    prepare: [
      'create user web@localhost',
      'grant all on test.* to web@localhost',
      `create user web@'127.0.0.1'`,
      `grant all on test.* to web@'127.0.0.1'`,
    ],
    user: 'web',
    off: ['set global read_only = on'],
    on: ['set global read_only = off'],
  },
]

describe.each(servers)(
  'a $name that becomes read-only under load',
  ({ name, client, code, start, prepare, user, off, on }) => {
    it('has writes wait and reads go on, is told of once, and fails no call that is back in time', async () => {
      const server = await start()
      const admin = createKnex({ client, connection: server.url, pool: { min: 1, max: 1 } })
      const run = async (statements: readonly string[]) => {
        for (const statement of statements) await admin.raw(statement)
      }
      await run(prepare)
      const url = new URL(server.url)
      url.username = user
      const knex = applicationKnex(client, url.href)
      const load = await LoadProcess.start({ knex, callers: { think: 50 } })
      const reads = createKnex(knex)
      const store = new KnexSessionStore({
        knex: reads,
        cleanupInterval: 0,
        timeout: 2_000,
        onOutage: () => undefined,
      })
      await load.begin()
      await delay(500)
      await run(off)
      await delay(1_500)
      expect(await store.get('nobody')).toBeNull()
      await expect(store.destroy('nobody')).rejects.toMatchObject({
        code: 'ERR_CONNECTION',
        databaseCode: code,
      })
      await delay(1_500)
      await run(on)
      await delay(1_500)
      const { report } = await conclude(`${name} read-only for 5 s`, load, { knex })
      expect(report.errors).toEqual({})
      expect(report.outages).toEqual([
        expect.stringContaining(`(${code})`),
        expect.stringContaining('answers again'),
      ])
      for (const each of [reads, admin]) await each.destroy()
      await server.stop()
    }, 60_000)
  },
)
