import type { Column, SessionTable, Statement } from '@knex-session/core/dialect'
import { quotedIndex, quotedTable, quoteIdentifier } from './identifiers.js'

const columnTypes: Readonly<Record<Column['type'], string>> = {
  sid: 'varchar(255)',
  json: 'json',
  timestamp: 'timestamptz',
}

/**
 * The table and its index on the expiry, as connect-session-knex makes them. The server names the primary key `<table>_pkey`, which is
 * knex's name too, and shortens it where it must. The plain type `json` keeps the text of a session as it was written; `jsonb` would
 * sort its keys and refuse `\u0000`.
 */
export function createTable(table: SessionTable): readonly Statement[] {
  const name = quotedTable(table)
  const columns = table.columns.map((column) => {
    const constraint = column.type === 'sid' ? 'primary key' : 'not null'
    return `${quoteIdentifier(column.name)} ${columnTypes[column.type]} ${constraint}`
  })
  const expired = quoteIdentifier(table.column.expired.name)
  return [
    { sql: `create table if not exists ${name} (${columns.join(', ')})`, bindings: [] },
    { sql: `create index if not exists ${quotedIndex(table)} on ${name} (${expired})`, bindings: [] },
  ]
}
