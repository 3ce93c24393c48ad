import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { databases, uniqueTable, type TestConnection } from '../rig/servers/databases.js'
import { sessionOf } from '../rig/session-of.js'

/** A store whose knex instance a test destroys. */
function storeOn({ knex, close }: TestConnection, batch?: { readonly size: number }) {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
  const tableName = uniqueTable('destroyed')
  const options = { knex, tableName, cleanupInterval: 0, timeout: 20_000 }
  const store = new KnexSessionStore({ ...options, ...(batch && { batch }) })
  return {
    knex,
    store,
    tableName,
    /** Closes the store, which has said once what to do, and has knex work again. */
    async closeWarned() {
      expect(warn.mock.calls).toEqual([[expect.stringContaining('store.close()')]])
      warn.mockRestore()
      await store.close()
      knex.initialize()
    },
    async drop() {
      await knex.schema.dropTableIfExists(tableName)
      await close()
    },
  }
}

describe.each(databases)(
  'a knex instance that is destroyed before its store is closed, on $name',
  ({ open }) => {
    it('ends every call at once: those under way as they would, the others with what to do', async () => {
      const { knex, store, closeWarned, drop } = storeOn(open({ connections: 1 }), { size: 1 })
      await store.ready
      const started = performance.now()
      const ends: unknown[] = []
      const calls = Array.from({ length: 20 }, (_, index) =>
        store.set(`sid ${String(index)}`, sessionOf()).catch((error: unknown) => ends.push(error)),
      )
      const destroyed = knex.destroy()
      // Made while knex is destroying, and after.
      const later = store.get('sid')
      await expect(later).rejects.toMatchObject({ code: 'ERR_CLOSED' })
      await Promise.all(calls)
      await destroyed
      for (const error of ends)
        expect(error).toMatchObject({
          code: 'ERR_CLOSED',
          message: expect.stringContaining('store.close()') as string,
        })
      await expect(store.destroy('sid')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
      expect(performance.now() - started).toBeLessThan(10_000)
      await closeWarned()
      await drop()
    })

    it('loses no set without a word: it is stored, or its caller is told', async () => {
      const { knex, store, tableName, closeWarned, drop } = storeOn(open({ connections: 1 }), {
        size: 1,
      })
      await store.ready
      const sids = Array.from({ length: 20 }, (_, index) => `sid ${String(index)}`)
      const failed = new Set<string>()
      const ended = sids.map(
        (sid) =>
          new Promise<void>((resolve) => {
            store.set(sid, sessionOf(), (problem) => {
              if (problem) failed.add(sid)
              resolve()
            })
          }),
      )
      await knex.destroy()
      await Promise.all(ended)
      expect(failed.size).toBeGreaterThan(0)
      await closeWarned()
      const rows = await knex(tableName).select<{ sid: string }[]>('sid')
      expect(new Set(rows.map(({ sid }) => sid))).toEqual(
        new Set(sids.filter((sid) => !failed.has(sid))),
      )
      await drop()
    })

    it('ends calls at once that wait for a connection which the application has', async () => {
      const { knex, store, closeWarned, drop } = storeOn(open({ connections: 1 }))
      await store.ready
      const client = knex.client as Knex.Client
      const held: unknown = await client.acquireConnection()
      const started = performance.now()
      const calls = ['get', 'destroy', 'length'].map((name) =>
        (store[name as 'get'] as (sid: string) => Promise<unknown>).call(store, 'sid'),
      )
      const reported = Promise.all(
        calls.map((call) => expect(call).rejects.toMatchObject({ code: 'ERR_CLOSED' })),
      )
      const destroyed = knex.destroy()
      await reported
      expect(performance.now() - started).toBeLessThan(10_000)
      await client.releaseConnection(held)
      await destroyed
      await closeWarned()
      await drop()
    })

    it('answers the caller of a set that it came before the first connection', async () => {
      // knex says which connections it gives up.
      const log = jest.spyOn(console, 'log').mockImplementation()
      const { knex, store, closeWarned, drop } = storeOn(open({ connections: 1 }))
      const set = store.set('sid', sessionOf())
      const refused = expect(set).rejects.toMatchObject({ code: 'ERR_CLOSED' })
      await knex.destroy()
      await refused
      log.mockRestore()
      await closeWarned()
      await drop()
    })
  },
)
