import { connectBy } from './connection.js'
import {
  closeOthers,
  made,
  range,
  session,
  start,
  storeOn,
  table,
  until,
  withKey,
} from './others.js'

afterAll(closeOthers)

describe('a column for the expiry of another type', () => {
  it.each(['bigint', 'smallint', 'date', 'double'])(
    'is refused, by an error that names it: %s',
    async (type) => {
      const store = storeOn(await table(withKey('primary key (sid)').replace('datetime(3)', type)))
      await expect(store.ready).rejects.toThrow(
        `'expired' of the table '${made.at(-1)!}' is of the type ${type.split(' ')[0]!}`,
      )
    },
  )
})

const zones = ['+05:00', '-09:30', '+00:00']

describe.each(['timestamp', 'timestamp(3)', 'datetime', 'datetime(3)', 'varchar(30)'])(
  'an expiry of the type %s',
  (type) => {
    const instances = zones.map((utcOffset) => connectBy('mysql2')({ connections: 2, utcOffset }))
    let name: string

    afterAll(() => Promise.all(instances.map((each) => each.destroy())))
    beforeEach(
      async () => (name = await table(withKey('primary key (sid)').replace('datetime(3)', type))),
    )

    const stores = (now = start) =>
      instances.map((each) => storeOn(name, { knex: each, clock: () => now }))

    it('is the same by connections in every time zone, and never shifts', async () => {
      const times = range(12).map((_, index) => start + 1_000 + 3_600_000 * index)
      for (const [zone, store] of stores().entries()) {
        await Promise.all(
          times.map((at, index) => store.set(`${String(zone)}-${String(index)}`, session(at, 'x'))),
        )
        await store.touch(`${String(zone)}-0`, session((times[0] ?? 0) + 60_000, 'x'))
      }
      for (const store of stores()) {
        for (const zone of zones.keys()) {
          const read = await Promise.all(
            times.map((_, index) => store.get(`${String(zone)}-${String(index)}`)),
          )
          expect(read.map(until)).toEqual([(times[0] ?? 0) + 60_000, ...times.slice(1)])
        }
        expect(await store.all()).toHaveLength(36)
      }
      for (const store of stores(start + 1_500 + 3 * 3_600_000))
        expect(await store.length()).toBe(24)
    })

    it('has a prune delete every expired session and no other', async () => {
      const [first] = stores()
      await Promise.all(
        range(160).map((sid, index) => first!.set(sid, session(start + 1_000 * (index + 1), sid))),
      )
      const later = start + 100_500
      for (const [index, store] of stores(later).entries())
        expect(await store.prune()).toBe(index === 0 ? 100 : 0)
      for (const store of stores(later)) expect(await store.length()).toBe(60)
    })

    it('is kept within what the column holds', async () => {
      const [store] = stores()
      await store!.set('ever', session(Date.UTC(9999, 11, 31), 'ever'))
      expect(until(await store!.get('ever'))).toBeGreaterThanOrEqual(
        Date.UTC(2038, 0, 19, 3, 14, 7),
      )
      await store!.set('never', session(0, 'never'))
      expect(await store!.get('never')).toBeNull()
      expect(await store!.prune()).toBe(1)
    })
  },
)
