import {
  expiryIndexName,
  qualifiedName,
  type Column,
  type ColumnType,
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
}

/**
 * The table, then its index on the expiry, in the table's schema, whose indexes have names apart.
 * Oracle has no `if not exists` before 23ai: of several processes that start at once one wins, the
 * others get ORA-00955, which `classify` calls `already-exists`.
 */
export function createTable(table: SessionTable, { salt }: ServerInfo): readonly Statement[] {
  const expired = quoteIdentifier(table.column.expired.name)
  const index = qualifiedName(
    { quoteIdentifier },
    { ...table, tableName: expiryIndexName(table, maxIdentifierBytes, salt) },
  )
  const name = qualifiedName({ quoteIdentifier }, table)
  return [
    {
      sql: `create table ${name} (${table.columns.map(columnDefinition).join(', ')})`,
      bindings: [],
    },
    { sql: `create index ${index} on ${name} (${expired})`, bindings: [] },
  ]
}

function columnDefinition(column: Column): string {
  const type = `${quoteIdentifier(column.name)} ${sqlTypes[column.type]} not null`
  return column.field === 'sid' ? `${type} primary key` : type
}
