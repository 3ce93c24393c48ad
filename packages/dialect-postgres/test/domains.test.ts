import { randomUUID } from 'node:crypto'
import { connect } from './connection.js'
import { hour, onTable, sessionFor, tableName } from './others.js'

describe('a column of a domain', () => {
  const knex = connect({ connections: 1 })
  const domain = `domain_${String(process.pid)}`
  const domains = [
    ['local', 'timestamp'],
    ['nested', `${domain}_local not null`],
    ['number', 'bigint'],
    ['padded', 'char(64)'],
    ['short', 'varchar(50)'],
    ['id', 'uuid'],
    ['text', 'varchar(255)'],
  ] as const

  beforeAll(async () => {
    for (const [name, type] of domains) await knex.raw(`create domain ${domain}_${name} as ${type}`)
  })
  afterAll(async () => {
    for (const [name] of [...domains].reverse()) await knex.raw(`drop domain ${domain}_${name}`)
    await knex.destroy()
  })

  it.each(['local', 'nested'])(
    'is read and written as one of the type that it is over: %s, in every time zone',
    async (name) => {
      for (const utcOffset of ['+05:30', '-08:00'])
        await onTable(
          { expired: `${domain}_${name}` },
          async (store, knex) => {
            await store.set('a', sessionFor(hour))
            expect(await store.get('a')).toMatchObject({ of: hour })
            const { rows } = await knex.raw<{ rows: { ms: number }[] }>(
              `select date_part('epoch', expired) * 1000 as ms from ${tableName}`,
            )
            expect(Math.abs(Number(rows[0]?.ms) - Date.now() - hour)).toBeLessThan(60_000)
          },
          utcOffset,
        )
    },
  )

  it('holds ids as the type that it is over', async () => {
    const id = randomUUID()
    for (const name of ['id', 'text'])
      await onTable({ sid: `${domain}_${name} primary key` }, async (store) => {
        await store.set(id, sessionFor(hour))
        await store.touch(id, sessionFor(2 * hour))
        expect(await store.get(id)).toMatchObject({ of: hour })
        expect(await store.get('no uuid')).toBeNull()
        expect(await store.destroy(id)).toBe(1)
      })
  })

  it.each([
    ['expired', 'number', 'it has to be timestamptz'],
    ['sid', 'padded', 'it has to be varchar(255)'],
    ['sess', 'short', 'holds 50 characters'],
  ])('is refused as one of the type that it is over: %s, %s', async (column, name, says) => {
    const type = `${domain}_${name}${column === 'sid' ? ' primary key' : ''}`
    await onTable({ [column]: type }, async (store) => {
      await expect(store.ready).rejects.toThrow(says)
    })
  })
})
