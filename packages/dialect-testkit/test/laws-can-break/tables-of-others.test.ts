import { sqlite } from '@knex-session/dialect-sqlite'
import createKnex, { type Knex } from 'knex'
import { expiryIndex } from '../../src/laws/expiry-index.js'
import { schemas } from '../../src/laws/identifiers.js'
import { rightsOnTable, tableSetup } from '../../src/laws/table-setup.js'
import { tablesOfOthers } from '../../src/laws/tables-of-others.js'
import { createEdited, describeBreaks, edited } from './breaking.js'

/** SQLite in memory with another database attached. */
const connectWithSchema = () =>
  createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate(
        database: { exec(sql: string): unknown },
        done: (error: unknown, database: unknown) => void,
      ) {
        database.exec("attach ':memory:' as elsewhere")
        done(null, database)
      },
    },
  })

let missed = 0

/** Counts the indexes whose first column is the expiry. */
async function expiryIndexes(knex: Knex, tableName: string): Promise<number> {
  const sql = `select 1 from pragma_index_list(?) as l join pragma_index_info(l.name) as i where i.seqno = 0 and i.name = 'expired'`
  return (await knex.raw<unknown[]>(sql, [tableName])).length
}

describeBreaks('tables that others made', [
  {
    how: 'makes no index where its name is taken',
    parts: {
      createTable: createEdited((sql) => sql.replace('create index', 'create index if not exists')),
    },
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
        sql
          .replace('create table', 'create table if not exists')
          .replace('_index`', () => `_${String(Math.random())}\``),
      ),
    },
    concerns: [expiryIndex],
    target: { expiryIndexes },
    laws: ['the index on the expiry: is made once, by however many stores start at once'],
  },
  {
    how: 'asks for rights by using them',
    parts: {
      server: {
        ...sqlite.server,
        rights: {
          statements: (table) => [
            { sql: `delete from ${sqlite.quoteIdentifier(table.tableName)}`, bindings: [] },
          ],
          answer: () => undefined,
        },
      },
    },
    concerns: [rightsOnTable],
    laws: [
      'the rights on the table: are asked for by statements that change nothing, and whoever made the table has them',
    ],
  },
  {
    how: 'takes whatever unique key for that of the session id',
    parts: { classify: (error) => sqlite.classify(error) },
    concerns: [tablesOfOthers],
    laws: [
      'tables made by others: refuse at once and by itself what another unique key forbids, and do not change the session that has it',
    ],
  },
  {
    how: 'takes a row that a foreign key holds for something else',
    parts: {
      classify(error, table) {
        const kind = sqlite.classify(error, table)
        return kind === 'other' ? 'sid-taken' : kind
      },
    },
    concerns: [tablesOfOthers],
    laws: [
      'tables made by others: lose all expired rows but those that a foreign key holds, and one error reports these',
    ],
  },
  {
    how: 'does not know a missing table each time',
    parts: {
      classify(error, table) {
        const kind = sqlite.classify(error, table)
        return kind === 'missing-table' && ++missed % 2 === 0 ? 'other' : kind
      },
    },
    concerns: [tableSetup],
    laws: ['the table: is made again however often it is dropped while stores work on it'],
  },
  {
    how: 'takes a name with a dot for that of a table in a schema',
    parts: {
      quoteIdentifier: (name) => sqlite.quoteIdentifier(name).replace('.', '`.`'),
      createTable: (table, server) =>
        sqlite
          .createTable(table, server)
          .map((each) => edited(each, (sql) => sql.replace(/`elsewhere\./g, '`elsewhere`.`'))),
    },
    concerns: [schemas],
    target: { schemaName: 'elsewhere', connect: connectWithSchema },
    laws: [
      'a table in another schema: is not made again under a name with a dot, and the error says how to write the schema',
    ],
  },
])
