import { withColumns, type SessionTable } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { renamedColumns } from '../../src/laws/renamed-columns.js'
import { timeColumns } from '../../src/laws/time-columns.js'
import { brokenBy, createEdited, describeBreaks, edited, own, writing } from './breaking.js'

const law = (words: string) => `columns of other names: ${words}`
const everyStatement = law('are in every statement what the usual ones are')
const everyCall = law('serve every call, with all that options add')
const made = law(
  'say when a session was made and when it was last seen, where they are named for that',
)
const times = 'columns of times: hold them as they are said to, whatever the time zone'

const { 'unix-seconds': seconds = sqlite.timestamp, ...otherTimes } = sqlite.times ?? {}

/** A table without what is said of its columns of times. */
function plain(table: SessionTable): SessionTable {
  const columns = table.columns.map(({ form: _, codec: __, ...column }) => column)
  return withColumns(table, columns)
}

it('the laws on columns of other names hold without statements of an adapter that are faster', async () => {
  expect(await brokenBy({ queries: undefined }, [renamedColumns, timeColumns])).toEqual([])
})

describeBreaks('columns of other names', [
  {
    how: 'makes a column by its usual name',
    parts: { createTable: createEdited((sql) => sql.replace(/`zq_sess_qz`/g, '`sess`')) },
    concerns: [renamedColumns, timeColumns],
    laws: [everyStatement],
  },
  {
    how: 'reads a column by its usual name',
    parts: {
      queries: {
        read: {
          ...own.read,
          statement: (table, sids, now) =>
            edited(own.read.statement(table, sids, now), (sql) =>
              sql.replace(/`ends-at`/, '`expired`'),
            ),
        },
      },
    },
    concerns: [renamedColumns, timeColumns],
    laws: [everyCall],
  },
  {
    how: 'writes no time of creation',
    parts: writing(({ createdAt: _, ...row }) => row),
    concerns: [renamedColumns, timeColumns],
    laws: [made, times],
  },
  {
    how: 'rounds seconds up',
    parts: {
      server: { ...sqlite.server, inspect: undefined },
      times: {
        ...otherTimes,
        'unix-seconds': { ...seconds, encode: (at) => Number(seconds.encode(at)) + 1 },
      },
    },
    concerns: [renamedColumns, timeColumns],
    laws: [times],
  },
  {
    how: 'writes all times as its own',
    parts: {
      createTable: (table, server) => sqlite.createTable(plain(table), server),
      server: {
        ...sqlite.server,
        inspect: {
          statements: (table) => sqlite.server?.inspect?.statements(table) ?? [],
          answer: (results, table) =>
            sqlite.server?.inspect?.answer(results, plain(table)) ?? table,
        },
      },
    },
    concerns: [renamedColumns, timeColumns],
    laws: [times],
  },
])
