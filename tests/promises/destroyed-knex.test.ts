import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { databases, uniqueTable } from '../rig/servers/databases.js'
import { sessionOf } from '../rig/session-of.js'

describe.each(databases)(
  'a knex instance that is destroyed before its store is closed, on $name',
  ({ open }) => {
    it('ends every call at once: those under way as they would, the others with what to do', async () => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
      const { knex, close } = open({ connections: 1 })
      const tableName = uniqueTable('destroyed')
      const store = new KnexSessionStore({
        knex,
        tableName,
        cleanupInterval: 0,
        timeout: 20_000,
        batch: { size: 1 },
      })
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
      expect(warn.mock.calls).toEqual([[expect.stringContaining('store.close()')]])
      warn.mockRestore()
      await store.close()
      knex.initialize()
      await knex.schema.dropTable(tableName)
      await close()
    })

    it('loses no set without a word: it is stored, or its caller is told', async () => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
      const { knex, close } = open({ connections: 1 })
      const tableName = uniqueTable('destroyed')
      const store = new KnexSessionStore({
        knex,
        tableName,
        cleanupInterval: 0,
        timeout: 20_000,
        batch: { size: 1 },
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
      expect(warn.mock.calls).toEqual([[expect.stringContaining('store.close()')]])
      warn.mockRestore()
      await store.close()
      knex.initialize()
      const rows = await knex(tableName).select<{ sid: string }[]>('sid')
      expect(new Set(rows.map(({ sid }) => sid))).toEqual(
        new Set(sids.filter((sid) => !failed.has(sid))),
      )
      await knex.schema.dropTable(tableName)
      await close()
    })

    it('ends calls at once that wait for a connection which the application has', async () => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
      const { knex, close } = open({ connections: 1 })
      const tableName = uniqueTable('destroyed')
      const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout: 20_000 })
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
      expect(warn.mock.calls).toEqual([[expect.stringContaining('store.close()')]])
      warn.mockRestore()
      await client.releaseConnection(held)
      await destroyed
      await store.close()
      knex.initialize()
      await knex.schema.dropTable(tableName)
      await close()
    })

    it('answers the caller of a set that it came before the first connection', async () => {
      // knex says which connections it gives up.
      const log = jest.spyOn(console, 'log').mockImplementation()
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
      const { knex, close } = open({ connections: 1 })
      const tableName = uniqueTable('destroyed')
      const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout: 20_000 })
      const set = store.set('sid', sessionOf())
      const refused = expect(set).rejects.toMatchObject({ code: 'ERR_CLOSED' })
      await knex.destroy()
      await refused
      expect(warn.mock.calls).toEqual([[expect.stringContaining('store.close()')]])
      log.mockRestore()
      warn.mockRestore()
      await store.close()
      knex.initialize()
      await knex.schema.dropTableIfExists(tableName)
      await close()
    })
  },
)
