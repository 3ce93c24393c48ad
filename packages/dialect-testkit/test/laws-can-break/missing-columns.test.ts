import { sqlite } from '@knex-session/dialect-sqlite'
import { columnsAddedByHand, missingColumns } from '../../src/laws/missing-columns.js'
import { addedColumns, migrations } from '../../src/laws/migrations.js'
import { unfitUserColumns, userColumns } from '../../src/laws/user-columns.js'
import { describeLaws } from '../../src/kit/describe-laws.js'
import { CollectingRunner } from '../collecting-runner.js'
import { connectInMemory } from '../connect-in-memory.js'
import { describeBreaks } from './breaking.js'

const added = (law: string) => `columns that are added by the statements of an error: ${law}`
const everyAdded = [
  added('tell whose each session is that is written from then on'),
  added('limit the life of each session that is written from then on'),
  added('show that another request was faster'),
]

describeBreaks('missing columns', [
  {
    how: 'names a statement too few',
    parts: { addColumns: (...given) => sqlite.addColumns?.(...given).slice(1) ?? [] },
    concerns: [columnsAddedByHand],
    laws: everyAdded,
  },
  {
    how: 'has several statements in one',
    parts: {
      addColumns: (...given) => [
        {
          sql: sqlite.addColumns!(...given)
            .map(({ sql }) => sql)
            .join('; '),
          bindings: [],
        },
      ],
    },
    concerns: [columnsAddedByHand],
    laws: everyAdded.slice(0, 1),
  },
  {
    how: 'takes a missing column for a missing right',
    parts: {
      classify: (error, table) => {
        const kind = sqlite.classify(error, table)
        return kind === 'other' ? 'access-denied' : kind
      },
    },
    concerns: [missingColumns],
    laws: [
      'a table without the columns of an option: is refused by an error that names the table, the columns and the option',
    ],
  },
  {
    how: 'does not look at the table that is there',
    parts: {
      server: {
        ...sqlite.server,
        inspect: { ...sqlite.server!.inspect!, answer: (_, table) => table },
      },
    },
    concerns: [unfitUserColumns],
    laws: [
      'a column of users that is no text, or must not be null: is refused by an error that names the option and a statement',
    ],
  },
])

it('laws that need a member which the adapter has not are named as left out', () => {
  const { addColumns: _, server: __, ...adapter } = sqlite
  const runner = new CollectingRunner()
  const titles: string[] = []
  const describe = (title: string, define: () => void) => {
    titles.push(title)
    runner.describe(title, define)
  }
  const { it: define, beforeAll: before, afterAll: after } = runner
  const connect = () => connectInMemory()
  describeLaws(
    { describe, it: define, beforeAll: before, afterAll: after },
    { name: 'SQLite', adapter, connect },
    [migrations, addedColumns, missingColumns, columnsAddedByHand, userColumns, unfitUserColumns],
  )
  expect(titles).toContain(
    'SQLite: on the database (left out: a migration that adds columns; columns that are added by the statements of an error; a column of users that is no text, or must not be null)',
  )
  const ran = new Set(runner.defined.map((law) => law.split(': ')[0]))
  expect([...ran]).toEqual([
    'a migration',
    'a table without the columns of an option',
    'the sessions of a user',
  ])
})
