import { randomUUID } from 'node:crypto'
import { hour, onTable, sessionFor, tableName } from './others.js'

describe('a table whose session ids are of the type uuid', () => {
  it('has no session for an id that is no uuid, or is spelled in another way, and refuses to store one', async () => {
    await onTable({ sid: 'uuid primary key' }, async (store) => {
      const ids: string[] = [randomUUID(), randomUUID(), randomUUID()]
      const others = [
        'no uuid at all',
        (ids[0] ?? '').toUpperCase(),
        `{${String(ids[1])}}`,
        'x'.repeat(32),
      ]
      await Promise.all(ids.map((id) => store.set(id, sessionFor(hour))))
      for (const some of [[...ids, ...others], ...others.map((id) => [id])]) {
        const found = await Promise.all(some.map((id) => store.get(id)))
        expect(found.map((each) => each !== null)).toEqual(some.map((id) => ids.includes(id)))
        await Promise.all(some.map((id) => store.touch(id, sessionFor(2 * hour))))
      }
      const sets = await Promise.allSettled(
        [...others, ...ids].map((id) => store.set(id, sessionFor(hour))),
      )
      expect(
        sets.map((each) =>
          each.status === 'rejected' ? (each.reason as { code?: unknown }).code : undefined,
        ),
      ).toEqual([...others.map(() => 'ERR_INVALID_SID'), ...ids.map(() => undefined)])
      expect(await Promise.all([...others, ...ids].map((id) => store.destroy(id)))).toEqual([
        0, 0, 0, 0, 1, 1, 1,
      ])
    })
  })
})

describe('a table of uuid ids', () => {
  it('is gone through page by page, each session once', async () => {
    await onTable({ sid: 'uuid primary key' }, async (store) => {
      const ids = Array.from({ length: 300 }, () => randomUUID())
      await Promise.all(ids.map((id) => store.set(id, sessionFor(hour))))
      const found: string[] = []
      for await (const { sid } of store.entries()) found.push(sid)
      expect(found).toEqual([...ids].sort())
      expect((await store.ids()).sort()).toEqual([...ids].sort())
      expect(await store.destroy(ids)).toBe(300)
    })
  })
})

describe('a batch of uuid ids, one of which waits for a lock', () => {
  it('goes on without it, beside ids that are no uuid', async () => {
    await onTable({ sid: 'uuid primary key' }, async (store, knex) => {
      const [held, ...free]: string[] = Array.from({ length: 8 }, () => randomUUID())
      await Promise.all([held!, ...free].map((id) => store.set(id, sessionFor(hour))))
      const other = await knex.transaction()
      await other.raw(`select from ${tableName} where sid = ? for update`, [held!])
      const order: string[] = []
      const ended = (id: string, call: Promise<unknown>) => call.then(() => order.push(id))
      const waiting = ended('held', store.touch(held!, sessionFor(2 * hour)))
      const touches = [held!, 'no uuid at all', ...free, 'nor this'].map((id) =>
        id === held
          ? ended('held', store.set(id, sessionFor(hour)))
          : ended('free', store.touch(id, sessionFor(2 * hour))),
      )
      try {
        await Promise.all(touches.slice(1))
        expect(order).toEqual(Array(9).fill('free'))
      } finally {
        await other.rollback()
        await Promise.allSettled([waiting, ...touches])
      }
      await Promise.all([waiting, ...touches])
    })
  })
})
