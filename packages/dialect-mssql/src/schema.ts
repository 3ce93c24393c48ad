import {
  indexedColumns,
  indexName,
  qualifiedName,
  type Column,
  type DialectAdapter,
  type DialectServer,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { sqlTypeOf } from './codecs.js'
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
 * The table and its indexes in one transaction, which makes all or none, also where whoever sent it
 * dies meanwhile (https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql). Of
 * several processes that start at once one wins, the others get error 2714, which `classify` calls
 * `already-exists`. Names of indexes are the table's own.
 */
export function createTable(table: SessionTable): readonly Statement[] {
  const name = qualifiedName({ quoteIdentifier }, table)
  const sql = [
    'set xact_abort on;',
    'begin transaction;',
    `create table ${name} (${table.columns.map(columnDefinition).join(', ')});`,
    ...indexedColumns(table).map((column) => `${indexOn(table, column).sql};`),
    'commit transaction;',
  ].join('\n')
  return [{ sql, bindings: [] }]
}

/**
 * The columns, then the indexes on them. Columns that may be null are added only to the catalog.
 */
export const addColumns: NonNullable<DialectAdapter['addColumns']> = (table, columns) => [
  {
    sql: `alter table ${qualifiedName({ quoteIdentifier }, table)} add ${columns.map(columnDefinition).join(', ')}`,
    bindings: [],
  },
  ...indexedColumns({ columns }).map((column) => indexOn(table, column)),
]

function indexOn(table: SessionTable, column: Column): Statement {
  const index = quoteIdentifier(indexName(table, column, maxIdentifierLength))
  const on = `${qualifiedName({ quoteIdentifier }, table)} (${quoteIdentifier(column.name)})`
  return { sql: `create index ${index} on ${on}`, bindings: [] }
}

function columnDefinition(column: Column): string {
  const collation =
    column.type === 'sid' || column.type === 'user' ? ` collate ${binaryCollation}` : ''
  const constraint =
    column.nullable === true ? 'null' : column.type === 'sid' ? 'not null primary key' : 'not null'
  return `${quoteIdentifier(column.name)} ${sqlTypeOf(column)}${collation} ${constraint}`
}
