import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { comparisonTable, summaryOf } from '../src/against/table.mjs'
import { exitCodeOf, furtherRounds, judge, limit, ratioOf } from '../src/against/verdict.mjs'
import { randomFrom, turns } from '../src/load/random.mjs'
import { readOptions, usage } from '../src/options.mjs'
import { medianInterval } from '../src/report/statistics.mjs'

const bench = join(__dirname, '..')

/** @returns values that lie between `centre - width` and `centre + width` */
const around = (centre: number, width: number, count: number, seed = 1) => {
  const random = randomFrom(seed)
  return Array.from({ length: count }, () => centre + width * (2 * random() - 1))
}

describe('the interval around a median', () => {
  const ranks = (count: number) => {
    const { low, high } = medianInterval(Array.from({ length: count }, (_, index) => index + 1))
    return [low, high]
  }

  it('lies between the ranks that tables of the sign test have for 95 %', () => {
    expect([6, 8, 9, 12, 15, 17, 20, 25].map(ranks)).toEqual([
      [1, 6],
      [1, 8],
      [2, 8],
      [3, 10],
      [4, 12],
      [5, 13],
      [6, 15],
      [8, 18],
    ])
  })

  it('is without an end when five values or fewer cannot be that sure', () => {
    for (const count of [1, 2, 5]) expect(ranks(count)).toEqual([0, Infinity])
  })

  it('does not depend on the order of the values', () => {
    expect(medianInterval([5, 3, 6, 1, 4, 2])).toEqual({ median: 3.5, low: 1, high: 6 })
  })

  it('holds the true median in at least 95 of 100 draws', () => {
    const draws = Array.from({ length: 2_000 }, (_, seed) =>
      medianInterval(around(1, 0.2, 12, seed)),
    )
    const held = draws.filter(({ low, high }) => low <= 1 && high >= 1).length / draws.length
    expect(held).toBeGreaterThan(0.95)
    expect(held).toBeLessThan(1)
  })
})

describe('the verdict on a cell', () => {
  it('passes two equal trees, however far their rounds spread', () => {
    expect(judge([0.8, 1.25, 0.9, 1.1, 1, 1]).verdict).toBe('passes')
  })

  it('passes exactly the limit', () => {
    expect(judge(Array.from({ length: 6 }, () => limit)).verdict).toBe('passes')
  })

  it('fails what was slower in every one of six rounds', () => {
    expect(judge([0.93, 0.9, 0.95, 0.91, 0.969, 0.94])).toEqual({
      median: 0.935,
      low: 0.9,
      high: 0.969,
      verdict: 'fails',
    })
  })

  it('leaves unclear what is slower by its median but not beyond its spread', () => {
    expect(judge([0.93, 0.9, 0.95, 0.91, 0.971, 0.94]).verdict).toBe('unclear')
  })

  it('fails twelve rounds in spite of two that were fast by chance', () => {
    expect(judge([...around(0.93, 0.02, 10), 1.2, 1.3]).verdict).toBe('fails')
  })

  it('never fails by less than six rounds, and gives an unclear cell as many as that takes', () => {
    for (const rounds of [1, 2, 3, 5]) {
      expect(judge(around(0.5, 0.01, rounds)).verdict).toBe('unclear')
      expect(judge(around(0.5, 0.01, rounds + furtherRounds(rounds))).verdict).toBe('fails')
    }
    expect(furtherRounds(6)).toBe(6)
  })

  it('takes the ratio of a round from all of its turns', () => {
    // The machine was half as fast in the second turn, for both.
    expect(ratioOf([1_000, 500], [1_000, 500])).toBe(1)
    expect(ratioOf([1_000, 500], [900, 450])).toBeCloseTo(0.9)
    // A machine so busy that neither came to anything says nothing against either.
    expect(ratioOf([0], [0])).toBe(1)
  })

  it('ends the run by the exit code 1 when a cell fails, and not when it is unclear', () => {
    const [passes, unclear, fails] = [judge([1]), judge([0.5]), judge(around(0.5, 0, 6))]
    expect(exitCodeOf([passes, unclear])).toBe(0)
    expect(exitCodeOf([passes, fails])).toBe(1)
  })
})

describe('a side', () => {
  it('is opened from its own packages, not from those of the working tree', () => {
    const program = `
      import { placeOf } from './src/contenders/contender.mjs'
      import { knexSession } from './src/contenders/knex-session.mjs'
      const modules = 'data:text/javascript,export class KnexSessionStore { side = "old"; close() {} }'
      const { store, columns, close } = await knexSession('sqlite').open(placeOf({ at: { modules, suffix: '_old_0' } }, { sqlite: '.' }))
      await close()
      console.log(store.side, columns.table)`
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: bench,
      encoding: 'utf8',
    })
    expect(output.trim()).toBe('old ours_old_0')
  })
})

describe('the order of turns', () => {
  it('puts each of two first as often as the other', () => {
    for (const seed of [0, 1_000, 2_000]) {
      const first = Array.from({ length: 8 }, (_, repeat) => turns(['old', 'new'], seed, repeat)[0])
      expect(first.filter((name) => name === 'old')).toHaveLength(4)
      expect(first[1]).not.toBe(first[0])
    }
  })

  it('is turned round when the contenders come in the other order, as in every second round', () => {
    for (let repeat = 0; repeat < 4; repeat++) {
      expect(turns(['new', 'old'], 7, repeat)).toEqual(turns(['old', 'new'], 7, repeat).reverse())
    }
  })
})

describe('what is printed', () => {
  const cell = { suite: 'calls', database: 'mariadb', workload: 'set', callers: 1, size: 400 }
  const http = { suite: 'http', database: 'postgres', route: 'read', connections: 100 }
  const compared = [
    { label: '', cell, ratios: [0.9, 0.9, 0.9, 0.9, 0.9, 0.95], old: [1_000], now: [900] },
    {
      label: '',
      cell: { ...cell, callers: 64 },
      ratios: [1.02, 0.98, 1],
      old: [2_000],
      now: [2_000],
    },
    { label: '', cell: http, ratios: [0.99, 0.9, 0.9, 0.9, 0.9, 0.9], old: [3_000], now: [2_800] },
  ]
  const verdicts = compared.map(({ ratios }) => judge(ratios))

  it('says of every cell how far it spreads and whether it passes', () => {
    expect(comparisonTable(compared, verdicts).rows).toEqual([
      [
        'MariaDB set, 1 caller',
        '1,000',
        '900',
        '0.900',
        '0.900–0.950',
        '0.900–0.950',
        '6',
        'fails',
      ],
      ['MariaDB set, 64 callers', '2,000', '2,000', '1.000', '', '0.980–1.020', '3', 'passes'],
      [
        'PostgreSQL HTTP read, 100 connections',
        '3,000',
        '2,800',
        '0.900',
        '0.900–0.990',
        '0.900–0.990',
        '6',
        'unclear',
      ],
    ])
  })

  it('names the cells that do not pass', () => {
    expect(summaryOf(compared, verdicts)).toBe(
      '1 of 3 cells pass\n1 fails: MariaDB set, 1 caller\n1 unclear: PostgreSQL HTTP read, 100 connections',
    )
  })
})

describe('--against', () => {
  it('compares get, set and touch at 1, 64 and 256 callers and HTTP at 100 connections, and does not change the docs', () => {
    expect(readOptions(['--against', 'main'])).toMatchObject({
      against: 'main',
      rounds: 6,
      workloads: ['get', 'set', 'touch'],
      callers: [1, 64, 256],
      connections: [100],
      httpDatabases: ['postgres', 'mariadb', 'sqlite'],
      docs: false,
    })
  })

  it('takes --repeats as the number of rounds', () => {
    expect(readOptions(['--against', 'main', '--quick', '--repeats', '9'])).toMatchObject({
      rounds: 9,
      repeats: 2,
    })
    expect(() => readOptions(['--against', 'main', '--repeats', '0'])).toThrow('--repeats')
  })

  it('knows MariaDB by the name of its dialect too', () => {
    expect(readOptions(['--against', 'main', '--only', 'mysql']).only).toEqual(['mariadb'])
  })

  it('states its rule in the help', () => {
    expect(usage).toContain(`fails when the whole spread is below ${limit}`)
  })

  it('changes nothing of a run without it', () => {
    expect(readOptions([])).toMatchObject({
      repeats: 5,
      sampleMs: 300,
      httpRepeats: 5,
      connections: [10, 100],
      docs: true,
    })
    expect(readOptions([]).against).toBeUndefined()
  })
})
