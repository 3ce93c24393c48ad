import {
  toEpochMs,
  type EpochMs,
  type PruneRange,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { destroyExpiredStatements, prune, pruneStatements } from '../../src/laws/prune.js'
import { brokenBy, describeBreaks, edited, own } from './breaking.js'

function pruneEdited(
  table: SessionTable,
  now: EpochMs,
  range: PruneRange,
  what: string | RegExp,
  by: string,
): Statement {
  return edited(own.prune.statement(table, now, range), (sql) => sql.replace(what, by))
}

describeBreaks('prune', [
  {
    how: 'finds expired rows by an expiry that it reads wrongly',
    parts: {
      timestamp: { ...sqlite.timestamp, parameter: 'substr(?, 1, 10)' },
      queries: { prune: undefined },
    },
    concerns: [prune],
    laws: ['prune: removes what has expired and nothing else, and counts it'],
  },
  {
    how: 'prunes whatever comes first, live or not',
    parts: {
      queries: {
        prune: {
          ...own.prune,
          statement: (table, now, range) =>
            pruneEdited(table, now, range, / where `expired` <= \?/g, ' where ? is not null'),
        },
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
      queries: {
        prune: {
          ...own.prune,
          statement: (table, now, range) =>
            pruneEdited(table, now, range, 'order by `expired`', 'order by `expired` desc'),
        },
      },
    },
    concerns: [pruneStatements],
    laws: [
      'expired rows pruned in the adapter’s own way: are those that expired first, as many as asked for, and no live one',
    ],
  },
  {
    how: 'reads expiries two seconds late, so that a search for expired rows goes on behind others that end with the last',
    parts: {
      timestamp: {
        ...sqlite.timestamp,
        decode: (cell) => toEpochMs(sqlite.timestamp.decode(cell) + 2_000),
      },
      queries: { prune: undefined },
    },
    concerns: [prune],
    laws: [
      'prune: removes every row of those that end at the same time, or so near that a column may not tell',
    ],
  },
  {
    how: 'deletes what a prune found without another look at the expiry',
    parts: {
      queries: {
        destroyExpired: {
          statement: (table, sids) => ({
            sql: `delete from ${sqlite.quoteIdentifier(table.tableName)} where sid in (select value from json_each(?))`,
            bindings: [JSON.stringify(sids)],
          }),
          answer: (result) => (result as { readonly changes: number }).changes,
        },
      },
    },
    concerns: [destroyExpiredStatements],
    laws: [
      'expired rows deleted in the adapter’s own way: are those of the ids asked for that have expired, counted',
    ],
  },
])

describe('a prune that the server refuses', () => {
  it('goes on by session ids', async () => {
    const refused = {
      ...own.prune,
      statement: () => ({ sql: 'delete from nowhere by ctid', bindings: [] }),
    }
    expect(await brokenBy({ queries: { prune: refused } }, [prune])).toEqual([])
  })
})
