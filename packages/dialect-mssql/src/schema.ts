import {
  expiryIndexName,
  qualifiedName,
  type Column,
  type DialectServer,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { sqlTypes } from './codecs.js'
import { binaryCollation, maxIdentifierLength, quoteIdentifier } from './identifiers.js'

/**
 * Bit 2 of `@@options` is `implicit_transactions`
 * (https://learn.microsoft.com/sql/t-sql/functions/options-transact-sql).
 */
export const commits: NonNullable<DialectServer['commits']> = {
  statement: () => ({ sql: 'select @@options & 2 as [implicit]', bindings: [] }),
  answer(result) {
    const [row] = result as readonly { readonly implicit?: unknown }[]
    return Number(row?.implicit) !== 2
  },
}

/**
 * The table, then its index on the expiry. Plain statements: of several processes that start at
 * once one wins, the others get error 2714, which `classify` calls `already-exists`. Names of
 * indexes are the table's own.
 */
export function createTable(table: SessionTable): readonly Statement[] {
  const name = qualifiedName({ quoteIdentifier }, table)
  const index = quoteIdentifier(expiryIndexName(table, maxIdentifierLength))
  const expired = quoteIdentifier(table.column.expired.name)
  return [
    {
      sql: `create table ${name} (${table.columns.map(columnDefinition).join(', ')})`,
      bindings: [],
    },
    { sql: `create index ${index} on ${name} (${expired})`, bindings: [] },
  ]
}

function columnDefinition(column: Column): string {
  const type = `${quoteIdentifier(column.name)} ${sqlTypes[column.type]}`
  return column.field === 'sid'
    ? `${type} collate ${binaryCollation} not null primary key`
    : `${type} not null`
}
