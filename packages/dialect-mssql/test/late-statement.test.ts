import { setImmediate as turn } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import { mssql } from '../src/index.js'
import { holds, TdsServer } from './tds-server.js'

const session = { cookie: { originalMaxAge: 60_000 } }
const never = new Promise<void>(() => undefined)

describe('a statement whose time is up', () => {
  it.each([
    ['write', 'update [sessions]', (store: KnexSessionStore) => store.set('a', session)],
    ['delete', 'delete', (store: KnexSessionStore) => store.clear()],
  ] as const)(
    'is cancelled on its own connection, which is used again: a %s',
    async (_, text, call) => {
      const stuck = { is: false }
      const server = new TdsServer((statement) =>
        stuck.is && holds(statement, text) ? never : undefined,
      )
      await server.listen()
      const knex = server.connect({ connections: 1 })
      const store = new KnexSessionStore({
        knex,
        dialect: mssql,
        cleanupInterval: 0,
        timeout: 2_000,
      })
      await store.ready
      stuck.is = true
      await expect(call(store)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
      while (server.cancelled.length === 0) await turn()
      expect(server.cancelled).toEqual([1])
      stuck.is = false
      await store.set('a', session)
      expect(server.arrived.map(({ connection }) => connection)).toEqual(
        server.arrived.map(() => 1),
      )
      await store.close()
      await knex.destroy()
      await server.close()
    },
  )

  it('ends with its connection if the server takes no notice, and leaves nothing for `knex.destroy` to wait for', async () => {
    const server = new TdsServer((statement) =>
      holds(statement, 'update [sessions]') ? never : undefined,
    )
    await server.listen()
    server.deaf = true
    const knex = server.connect({ connections: 1 })
    const store = new KnexSessionStore({ knex, dialect: mssql, cleanupInterval: 0, timeout: 2_000 })
    await expect(store.set('a', session)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await store.close()
    const before = performance.now()
    await knex.destroy()
    expect(performance.now() - before).toBeLessThan(2_000)
    await server.close()
  })
})
