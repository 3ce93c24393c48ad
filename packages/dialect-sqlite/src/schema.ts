import {
  indexedColumns,
  type Column,
  type ColumnType,
  type DialectAdapter,
  type ServerInfo,
  type SessionTable,
  type Statement,
  type TimeType,
} from '@knex-session/core/dialect'
import { quotedIndex, quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * knex's types. `varchar` has text affinity, so an id of digits stays text, and compares byte for
 * byte (collation BINARY, the default). `datetime` has numeric affinity, which does not
 * change ISO text (docs, "Datatypes in SQLite", section 3.1).
 */
const columnTypes: Readonly<Partial<Record<ColumnType | TimeType, string>>> = {
  sid: 'varchar(255)',
  json: 'json',
  timestamp: 'datetime',
  'offset-text': 'datetime',
  'unix-seconds': 'integer',
  'unix-ms': 'integer',
  user: 'varchar(255)',
  version: 'varchar(32)',
}

/**
 * The table and its indexes. Of several processes that start at once one makes all, the others fail
 * at the table. Throws a `TypeError` for the schema of temporary tables, which go with the
 * connection (docs, "CREATE TABLE", section 2).
 */
export function createTable(table: SessionTable, server: ServerInfo): readonly Statement[] {
  if (table.schemaName?.toLowerCase() === 'temp') {
    throw new TypeError(
      `[knex-session] [sqlite] \`schemaName: '${table.schemaName}'\` makes a temporary table, which is gone with its connection; leave it out, or name another`,
    )
  }
  const columns = table.columns.map(definitionOf).join(', ')
  return [
    { sql: `create table ${quotedTable(table)} (${columns})`, bindings: [] },
    ...indexedColumns(table).map((column) => indexOn(table, column, server)),
  ]
}

/**
 * One column by each statement, which changes only the schema (docs, "ALTER TABLE", section 4).
 */
export const addColumns: NonNullable<DialectAdapter['addColumns']> = (table, columns, server) => [
  ...columns.map((column) => ({
    sql: `alter table ${quotedTable(table)} add column ${definitionOf(column)}`,
    bindings: [],
  })),
  ...indexedColumns({ columns }).map((column) => indexOn(table, column, server)),
]

function definitionOf(column: Column): string {
  const constraint =
    column.type === 'sid' ? ' not null primary key' : column.nullable === true ? '' : ' not null'
  return `${quoteIdentifier(column.name)} ${columnTypes[column.form ?? column.type] ?? ''}${constraint}`
}

function indexOn(table: SessionTable, column: Column, server: ServerInfo): Statement {
  const on = `${quoteIdentifier(table.tableName)} (${quoteIdentifier(column.name)})`
  return { sql: `create index ${quotedIndex(table, column, server)} on ${on}`, bindings: [] }
}
