import { KnexSessionStore } from '@knex-session/core'
import { databases, uniqueTable } from './databases.js'
import { sessionOf } from './session-of.js'

describe.each(databases)('a knex instance that is destroyed before its store is closed, on $name', ({ open }) => {
  it('ends every call at once: those under way as they would, the others with what to do', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    const { knex, close } = open({ connections: 1 })
    const tableName = uniqueTable('destroyed')
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout: 20_000, batch: { size: 1 } })
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
      expect(error).toMatchObject({ code: 'ERR_CLOSED', message: expect.stringContaining('store.close()') as string })
    await expect(store.destroy('sid')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
    await store.close()
    knex.initialize()
    await knex.schema.dropTable(tableName)
    await close()
  })
})
