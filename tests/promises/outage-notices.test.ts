import { KnexSessionStore } from '@knex-session/core'
import createKnex from 'knex'
import { relayTo } from '../rig/proxies/relay.js'
import { uniqueTable } from '../rig/servers/databases.js'

// MariaDB, because a prune there begins with work that sends nothing.
it('says once that the database is away and once that it answers, whatever is called that needs no database', async () => {
  const way = await relayTo(process.env['MYSQL_URL'] as string)
  const log = { warn() {}, error() {}, debug() {}, deprecate() {} }
  const knex = createKnex({ client: 'mysql2', connection: way.url, log })
  const reported: boolean[] = []
  const store = new KnexSessionStore({
    knex,
    tableName: uniqueTable('notices'),
    cleanupInterval: 0,
    timeout: 3_000,
    onOutage: ({ over }) => reported.push(over),
  })
  await store.ready
  await way.close()
  const others = setInterval(() => {
    store.ready.catch(() => undefined)
    store.prune().catch(() => undefined)
  }, 100)
  await expect(store.get('nobody')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  clearInterval(others)
  expect(reported).toEqual([false])
  await way.open()
  await expect(store.get('nobody')).resolves.toBeNull()
  await expect(store.destroy('nobody')).resolves.toBe(0)
  expect(reported).toEqual([false, true])
  await knex.schema.dropTable(store.options.tableName)
  await store.close()
  await knex.destroy()
  await way.close()
}, 30_000)
