import type { Knex } from 'knex'
import { poolSize } from '../src/statement/pool.js'
import { lanesFor as lanesOf, type Lanes } from '../src/store/options/lanes.js'
import type { BatchOptions } from '../src/store/options/options.js'

function lanesFor(knex: Knex, batch: boolean | BatchOptions): Lanes {
  return lanesOf({ poolSize: poolSize(knex), inTransaction: knex.isTransaction === true }, batch)
}

function knexWith(client: object): Knex {
  return { client } as unknown as Knex
}

describe('the lanes of a store', () => {
  it.each([
    [1, 1],
    [2, 1],
    [4, 1],
    [5, 2],
    [8, 3],
    [10, 4],
    [50, 4],
  ])(
    'leave the application a fifth of a pool of %d, where it has more than two connections',
    (max, lanes) => {
      expect(lanesFor(knexWith({ pool: { max } }), true)).toEqual({
        joined: true,
        lanes,
        size: 128,
      })
    },
  )

  it('follow the pool that exists, the one that is configured, or the one that knex makes', () => {
    expect(
      lanesFor(knexWith({ pool: { max: 5 }, config: { pool: { max: 10 } } }), true).lanes,
    ).toBe(2)
    expect(lanesFor(knexWith({ config: { pool: { max: 5 } } }), true).lanes).toBe(2)
    expect(lanesFor(knexWith({ config: {} }), true).lanes).toBe(4)
    expect(lanesFor(knexWith({ pool: { max: 0 } }), true).lanes).toBe(4)
  })

  it.each([
    ['node-postgres', { options: { max: 5 } }],
    ['mysql2', { config: { connectionLimit: 5 } }],
    ['mysql2, of promises', { pool: { config: { connectionLimit: 5 } } }],
    ['node-oracledb', { poolMax: 5 }],
    ['tarn', { max: 5 }],
  ])('are those of a pool of the application’s by %s', (_, connectionPool) => {
    expect(lanesFor(knexWith({ pool: {}, config: { connectionPool } }), true).lanes).toBe(2)
  })

  it('are one, of one session each, in a transaction of the application’s', () => {
    const transaction = Object.assign(knexWith({ pool: { max: 10 } }), { isTransaction: true })
    expect(lanesFor(transaction, { lanes: 4 })).toEqual({ joined: false, lanes: 1, size: 1 })
  })

  it('are as many and as large as the options say', () => {
    expect(lanesFor(knexWith({ pool: { max: 10 } }), { lanes: 7 })).toEqual({
      joined: true,
      lanes: 7,
      size: 128,
    })
    expect(lanesFor(knexWith({ pool: { max: 10 } }), { size: 9 })).toEqual({
      joined: true,
      lanes: 4,
      size: 9,
    })
  })

  it('take one call each, and the whole pool, when calls are not to be joined', () => {
    expect(lanesFor(knexWith({ pool: { max: 10 } }), false)).toEqual({
      joined: false,
      lanes: 10,
      size: 1,
    })
  })
})
