import { defineDialect } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import fc from 'fast-check'
import { describeLaws } from '../src/kit/describe-laws.js'
import { ordering } from '../src/laws/ordering.js'
import { forEvery } from '../src/scene/property.js'
import { roundsOf } from '../src/scene/rounds.js'
import { CollectingRunner } from './collecting-runner.js'
import { connectInMemory } from './connect-in-memory.js'
import { own } from './laws-can-break/breaking.js'

afterEach(() => {
  delete process.env['KNEX_SESSION_ROUNDS']
})

it('all rounds are played unless the variable names a share', () => {
  expect(roundsOf(1_000)).toBe(1_000)
  process.env['KNEX_SESSION_ROUNDS'] = '0.1'
  expect([roundsOf(1_000), roundsOf(5), roundsOf(8, 2)]).toEqual([100, 1, 2])
})

it.each(['0', '-1', '2', 'few'])('%s is no share, and the error names the variable', (given) => {
  process.env['KNEX_SESSION_ROUNDS'] = given
  expect(() => roundsOf(1)).toThrow(/^KNEX_SESSION_ROUNDS is '.*': expected a share/)
})

it('fewer values are tried on a database, and all of them where there is none', async () => {
  process.env['KNEX_SESSION_ROUNDS'] = '0.1'
  const tried = { database: 0, adapter: 0 }
  await forEvery(
    fc.asyncProperty(fc.nat(), async () => {
      await Promise.resolve()
      tried.database++
    }),
    30,
  )
  forEvery(
    fc.property(fc.nat(), () => {
      tried.adapter++
    }),
    30,
  )
  // With KNEX_SESSION_EXTENDED=1 ten times as many.
  expect(tried.adapter).toBe(10 * tried.database)
})

it('the laws that play rounds play fewer', async () => {
  process.env['KNEX_SESSION_ROUNDS'] = '0.01'
  let reads = 0
  const read = {
    ...own.read,
    statement(...given: Parameters<typeof own.read.statement>) {
      reads++
      return own.read.statement(...given)
    },
  }
  const adapter = defineDialect({ ...sqlite, queries: { ...sqlite.queries, read } })
  const runner = new CollectingRunner()
  const target = { adapter, connect: () => connectInMemory(), capabilities: { knexInstances: 1 } }
  describeLaws(runner, { name: 'SQLite', ...target }, [ordering])
  const verdicts = await runner.run()
  expect(verdicts.filter(({ broken }) => broken !== undefined)).toEqual([])
  expect(reads).toBeGreaterThan(20)
  expect(reads).toBeLessThan(500)
})
