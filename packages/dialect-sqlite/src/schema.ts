import type { Column, ServerInfo, SessionTable, Statement } from '@knex-session/core/dialect'
import { quotedIndex, quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * knex's types. `varchar` has text affinity, so an id of digits stays text, and compares byte for
 * byte (collation BINARY, the default). `datetime` has numeric affinity, which leaves ISO text
 * alone (docs, "Datatypes in SQLite", section 3.1).
 */
const columnTypes: Readonly<Record<Column['type'], string>> = {
  sid: 'varchar(255)',
  json: 'json',
  timestamp: 'datetime',
}

/**
 * The table and its index on the expiry. Of several processes that start at once one makes both,
 * the others fail at the table. Throws a `TypeError` for the schema of temporary tables, which go
 * with the connection (docs, "CREATE TABLE", section 2).
 */
export function createTable(table: SessionTable, server: ServerInfo): readonly Statement[] {
  if (table.schemaName?.toLowerCase() === 'temp') {
    throw new TypeError(
      `[knex-session] [sqlite] \`schemaName: '${table.schemaName}'\` makes a temporary table, which is gone with its connection; leave it out, or name another`,
    )
  }
  const columns = table.columns.map((column) => {
    const constraint = column.type === 'sid' ? 'not null primary key' : 'not null'
    return `${quoteIdentifier(column.name)} ${columnTypes[column.type]} ${constraint}`
  })
  const expired = quoteIdentifier(table.column.expired.name)
  return [
    { sql: `create table ${quotedTable(table)} (${columns.join(', ')})`, bindings: [] },
    {
      sql: `create index ${quotedIndex(table, server)} on ${quoteIdentifier(table.tableName)} (${expired})`,
      bindings: [],
    },
  ]
}
