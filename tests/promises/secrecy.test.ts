import { format } from 'node:util'
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import createKnex, { type Knex } from 'knex'
import { uniqueTable } from '../rig/servers/databases.js'
import { everythingOf } from '../rig/everything-of.js'
import { sessionOf } from '../rig/session-of.js'

const canary = 'canary-77aa'

const contents = { secret: canary, text: `'${canary}' - "${canary}"` }

function mysqlAddress(): Knex.StaticConnectionConfig {
  const url = new URL(process.env['MYSQL_URL'] ?? '')
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(
    decodeURIComponent,
  )
  return {
    host: url.hostname,
    port: Number(url.port),
    user,
    password,
    database,
  } as Knex.StaticConnectionConfig
}

interface Server {
  readonly name: string
  connect(): Knex
  /** Ends the connections whose statement mentions a table, on the server. */
  kill(admin: Knex, tableName: string): Promise<number>
}

const killByMysql = async (admin: Knex, tableName: string) => {
  const [rows] = (await admin.raw(
    'select id from information_schema.processlist where info like ? and id <> connection_id() and command <> ?',
    [`%${tableName}%`, 'Sleep'],
  )) as [{ id: number }[]]
  for (const { id } of rows) await admin.raw(`kill ${String(id)}`)
  return rows.length
}

const servers: readonly Server[] = [
  {
    name: 'PostgreSQL by pg',
    connect: () =>
      createKnex({
        client: 'pg',
        connection: process.env['PG_URL'] ?? '',
        pool: { min: 0, max: 6 },
      }),
    async kill(admin, tableName) {
      const { rows } = await admin.raw<{ rows: unknown[] }>(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like ? and pid <> pg_backend_pid() and state = 'active'`,
        [`%${tableName}%`],
      )
      return rows.length
    },
  },
  ...['mysql2', 'mariadb'].map((client) => ({
    name: `MariaDB by ${client}`,
    connect: () => createKnex({ client, connection: mysqlAddress(), pool: { min: 0, max: 6 } }),
    kill: killByMysql,
  })),
]

/** What is printed while work runs; knex's own logger writes to the console. */
async function printed(work: () => Promise<void>): Promise<string> {
  const lines: string[] = []
  const methods = ['log', 'info', 'warn', 'error', 'debug'] as const
  const spies = methods.map((method) =>
    jest.spyOn(console, method).mockImplementation((...args) => void lines.push(format(...args))),
  )
  try {
    await work()
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return lines.join('\n')
}

describe.each(servers)(
  'neither an error nor a line of a log gives a session away on $name',
  ({ connect, kill }) => {
    let knex: Knex
    let admin: Knex
    let tableName: string

    beforeEach(async () => {
      knex = connect()
      admin = connect()
      tableName = uniqueTable('silent')
      const store = new KnexSessionStore({ knex: admin, tableName, cleanupInterval: 0 })
      await store.set(canary, sessionOf(contents))
      await store.close()
    })

    afterEach(async () => {
      await knex.destroy()
      await admin.schema.dropTable(tableName)
      await admin.destroy()
    })

    it.each([
      ['killed while it waits for a lock', true, 3],
      ['given up while it waits for a lock', true, 0],
      ['killed while it waits for a lock, calls made one by one', false, 3],
    ])('when a statement is %s', async (_, batch, kills) => {
      const errors: unknown[] = []
      const output = await printed(async () => {
        const store = new KnexSessionStore({
          knex,
          tableName,
          cleanupInterval: 0,
          timeout: 300,
          batch,
        })
        await store.ready
        const lock = await admin.transaction()
        await lock(tableName).where({ sid: canary }).forUpdate().select('sid')
        const calls = [
          () => store.set(canary, sessionOf(contents)),
          () => store.touch(canary, sessionOf(contents)),
          () => store.destroy(canary),
          () => store.set(`${canary} 2`, sessionOf(contents)),
        ]
        for (const call of calls) {
          const outcome = Promise.allSettled([call()])
          let killed = 0
          for (let tries = 0; killed < kills && tries < 12; tries++) {
            killed += await kill(admin, tableName)
            await new Promise((resolve) => setTimeout(resolve, 25))
          }
          for (const each of await outcome) if (each.status === 'rejected') errors.push(each.reason)
        }
        await lock.rollback()
        await store.get(canary)
        await store.close()
        // knex reports a broken connection when it takes it from the pool the next time.
        await Promise.allSettled(Array.from({ length: 6 }, () => knex.raw('select 1')))
      })
      expect(errors.length).toBeGreaterThan(0)
      for (const error of errors) {
        expect((error as { code?: unknown }).code).toMatch(/^ERR_(?:TIMEOUT|CONNECTION)$/)
        expect(everythingOf(error)).not.toContain(canary)
      }
      expect(output).not.toContain(canary)
    })
  },
)
