import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import createKnex, { type Knex } from 'knex'
import { start } from '../../scripts/servers/mariadb.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { sessionOf } from '../rig/session-of.js'

interface Entry {
  readonly Info: string
}

/**
 * A server that replicates statements, not rows, writes those that are unsafe so, with their
 * values, into its error log.
 */
describe('with binlog_format = statement', () => {
  let server: Server
  let knex: Knex

  beforeAll(async () => {
    server = await start({
      durable: false,
      settings: { 'log-bin': 'binlog', 'server-id': 1, 'binlog-format': 'statement' },
    })
    // A warning is of the connection that it was made on.
    knex = createKnex({ client: 'mysql2', connection: server.url, pool: { min: 1, max: 1 } })
  })

  afterAll(async () => {
    await knex.destroy()
    await server.stop()
  })

  it('no statement is unsafe, as the server says in a warning', async () => {
    let passed = 0
    const store = new KnexSessionStore({
      knex,
      cleanupInterval: 0,
      clock: () => Date.now() + passed,
    })
    const warned: string[] = []
    const noteWarnings = async (work: string) => {
      const [rows] = (await knex.raw('show warnings')) as [readonly { readonly Code: number }[]]
      warned.push(...rows.map(({ Code }) => `${work}: ${String(Code)}`))
    }
    const sids = Array.from({ length: 20 }, (_, index) => `sid-${String(index)}`)
    const each = (call: (sid: string) => Promise<unknown>, some = sids) =>
      Promise.all(some.map(call))
    for (const [work, call] of [
      ['set', () => each((sid) => store.set(sid, sessionOf()))],
      ['touch', () => each((sid) => store.touch(sid, sessionOf()))],
      ['destroy of one', () => store.destroy('sid-0')],
      ['destroy', () => each((sid) => store.destroy(sid), sids.slice(1, 10))],
      ['prune', () => ((passed += 120_000), store.prune())],
    ] as const) {
      await call()
      await noteWarnings(work)
    }
    expect(warned).toEqual([])
    const [entries] = (await knex.raw('show binlog events')) as [readonly Entry[]]
    const deletes = entries.filter(({ Info }) => /delete/i.test(Info))
    expect(deletes).toHaveLength(3)
    await store.close()
  })
})
