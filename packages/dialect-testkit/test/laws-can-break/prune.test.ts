import { type EpochMs, type PruneRange, type SessionTable, type Statement } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { prune, pruneStatements } from '../../src/laws/prune.js'
import { brokenBy, describeBreaks, edited, own } from './breaking.js'

function pruneEdited(table: SessionTable, now: EpochMs, range: PruneRange, what: string | RegExp, by: string): Statement {
  return edited(own.prune.statement(table, now, range), (sql) => sql.replace(what, by))
}

describeBreaks('prune', [
  {
    how: 'finds expired rows by an expiry that it reads wrongly',
    parts: { timestamp: { ...sqlite.timestamp, parameter: 'substr(?, 1, 10)' }, prune: undefined },
    concerns: [prune],
    laws: ['prune: removes what has expired and nothing else, and counts it'],
  },
  {
    how: 'prunes whatever comes first, live or not',
    parts: {
      prune: {
        ...own.prune,
        statement: (table, now, range) => pruneEdited(table, now, range, / where `expired` <= \?/g, ' where ? is not null'),
      },
    },
    concerns: [prune, pruneStatements],
    laws: [
      'prune: removes what has expired and nothing else, and counts it',
      'expired rows pruned in the adapter’s own way: are those that expired first, as many as asked for, and no live one',
    ],
  },
  {
    how: 'prunes in no order',
    parts: {
      prune: {
        ...own.prune,
        statement: (table, now, range) => pruneEdited(table, now, range, 'order by `expired`', 'order by `expired` desc'),
      },
    },
    concerns: [pruneStatements],
    laws: ['expired rows pruned in the adapter’s own way: are those that expired first, as many as asked for, and no live one'],
  },
])

describe('a prune that the server refuses', () => {
  it('goes on by session ids', async () => {
    const refused = { ...own.prune, statement: () => ({ sql: 'delete from nowhere by ctid', bindings: [] }) }
    expect(await brokenBy({ prune: refused }, [prune])).toEqual([])
  })
})
