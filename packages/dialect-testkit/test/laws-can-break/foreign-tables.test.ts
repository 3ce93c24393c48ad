import type { Knex } from 'knex'
import { expiryIndex } from '../../src/laws/expiry-index.js'
import { createEdited, describeBreaks } from './breaking.js'

/** Counts the indexes whose first column is the expiry. */
async function expiryIndexes(knex: Knex, tableName: string): Promise<number> {
  const sql = `select 1 from pragma_index_list(?) as l join pragma_index_info(l.name) as i where i.seqno = 0 and i.name = 'expired'`
  return (await knex.raw<unknown[]>(sql, [tableName])).length
}

describeBreaks('tables that others made', [
  {
    how: 'makes no index where its name is taken',
    parts: { createTable: createEdited((sql) => sql.replace('create index', 'create index if not exists')) },
    concerns: [expiryIndex],
    target: { expiryIndexes },
    laws: [
      'the index on the expiry: is made although a table that was renamed kept the name of its own, as often as that happens',
      'the index on the expiry: is made for tables whose names differ in a dash only',
    ],
  },
  {
    how: 'makes the index anew for each store that starts',
    parts: {
      createTable: createEdited((sql) =>
        sql.replace('create table', 'create table if not exists').replace('_index`', () => `_${String(Math.random())}\``),
      ),
    },
    concerns: [expiryIndex],
    target: { expiryIndexes },
    laws: ['the index on the expiry: is made once, by however many stores start at once'],
  },
])
