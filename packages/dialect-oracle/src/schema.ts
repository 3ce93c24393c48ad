import {
  indexedColumns,
  indexName,
  qualifiedName,
  type Column,
  type ColumnType,
  type DialectAdapter,
  type ServerInfo,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { maxIdentifierBytes, quoteIdentifier } from './identifiers.js'

/**
 * `sess` has no check `is json`: nothing is said of how it takes every text that JavaScript's JSON
 * makes (`\u0000`, escaped lone surrogates), it would be evaluated on every write, and only the
 * store writes there.
 */
const sqlTypes: Readonly<Record<ColumnType, string>> = {
  sid: 'varchar2(255 char)',
  json: 'clob',
  timestamp: 'timestamp(3) with time zone',
  user: 'varchar2(255 char)',
  version: 'varchar2(32 char)',
}

/**
 * The table, then its indexes, in the table's schema, whose indexes have names of their own. Each
 * statement on a table commits by itself (SQL Language Reference 19c, Types of SQL Statements); in
 * one block the server goes on to the next, whatever becomes of whoever sent it. Oracle has no
 * `if not exists` before 23ai: of several processes that start at once one wins, the others get
 * ORA-00955, which `classify` calls `already-exists`.
 */
export function createTable(table: SessionTable, server: ServerInfo): readonly Statement[] {
  const name = qualifiedName({ quoteIdentifier }, table)
  const statements = [
    `create table ${name} (${table.columns.map(columnDefinition).join(', ')})`,
    ...indexedColumns(table).map((column) => indexOn(table, column, server).sql),
  ]
  const sql = ['begin', ...statements.map((each) => `execute immediate ${literal(each)};`), 'end;']
  return [{ sql: sql.join('\n'), bindings: [] }]
}

/**
 * The columns, then the indexes on them. Columns that may be null are added only to the
 * dictionary.
 */
export const addColumns: NonNullable<DialectAdapter['addColumns']> = (table, columns, server) => [
  {
    sql: `alter table ${qualifiedName({ quoteIdentifier }, table)} add (${columns.map(columnDefinition).join(', ')})`,
    bindings: [],
  },
  ...indexedColumns({ columns }).map((column) => indexOn(table, column, server)),
]

function indexOn(table: SessionTable, column: Column, { salt }: ServerInfo): Statement {
  const index = qualifiedName(
    { quoteIdentifier },
    { ...table, tableName: indexName(table, column, maxIdentifierBytes, salt) },
  )
  const on = `${qualifiedName({ quoteIdentifier }, table)} (${quoteIdentifier(column.name)})`
  return { sql: `create index ${index} on ${on}`, bindings: [] }
}

/** Names may hold a quote. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function columnDefinition(column: Column): string {
  const constraint =
    column.nullable === true ? '' : column.type === 'sid' ? ' not null primary key' : ' not null'
  return `${quoteIdentifier(column.name)} ${sqlTypes[column.type]}${constraint}`
}
