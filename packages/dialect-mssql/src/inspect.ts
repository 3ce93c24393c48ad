import { qualifiedName, type Column, type DialectAdapter, type SessionTable } from '@knex-session/core/dialect'
import { timestampWithOffset } from './codecs.js'
import { quoteIdentifier } from './identifiers.js'

/**
 * Asks for the types of the columns, which whoever may read the table may see
 * (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql).
 */
export const inspect: NonNullable<DialectAdapter['inspect']> = {
  statements: (table) => [
    {
      sql: 'select name as [name], type_name(system_type_id) as [type] from sys.columns where object_id = object_id(?)',
      bindings: [qualifiedName({ quoteIdentifier }, table)],
    },
  ],
  read([result], table) {
    const columns = Array.isArray(result) ? (result as readonly { readonly name?: unknown; readonly type?: unknown }[]) : []
    const isOf = ({ name }: Column, type: string) =>
      columns.some((found) => found.type === type && String(found.name).toLowerCase() === name.toLowerCase())
    const { sid, expired } = table.column
    if (isOf(sid, 'uniqueidentifier')) return wrongType(table)
    return isOf(expired, 'datetimeoffset') ? withOffset(table) : table
  },
}

function withOffset(table: SessionTable): SessionTable {
  const expired: Column = { ...table.column.expired, codec: timestampWithOffset }
  const columns = table.columns.map((column) => (column === table.column.expired ? expired : column))
  return { ...table, columns, column: { ...table.column, expired } }
}

function wrongType(table: SessionTable): string {
  return (
    `the column '${table.column.sid.name}' of the table '${table.tableName}' is of the type uniqueidentifier, which gives an id back in capitals ` +
    'and holds no other; it has to be nvarchar(255) (docs/schema.md has the statements)'
  )
}
