import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import createKnex from 'knex'
import { start } from '../../scripts/servers/mariadb.mjs'
import { sessionOf } from '../rig/session-of.js'

it('a MariaDB that is read-only is not taken for one where the user lacks rights', async () => {
  const server = await start({ durable: false })
  const open = (url: string) =>
    createKnex({ client: 'mysql2', connection: url, pool: { min: 0, max: 2 } })
  const admin = open(server.url)
  const url = new URL(server.url)
  url.username = 'web'
  const knex = open(url.href)
  try {
    const owner = new KnexSessionStore({ knex: admin, cleanupInterval: 0 })
    await owner.set('a', sessionOf())
    // Root may write to a server that is read-only.
    for (const sql of [
      'create user web',
      'grant select, insert, update, delete on sessions to web',
      'set global read_only = on',
    ])
      await admin.raw(sql)
    const store = new KnexSessionStore({
      knex,
      cleanupInterval: 0,
      timeout: 300,
      onOutage: () => undefined,
    })
    await store.ready
    expect(await store.get('a')).not.toBeNull()
    await expect(store.set('a', sessionOf())).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      databaseCode: 'ER_OPTION_PREVENTS_STATEMENT',
    })
    await store.close()
    await owner.close()
  } finally {
    await knex.destroy()
    await admin.destroy()
    await server.stop()
  }
})
