import {
  qualifiedName,
  type Column,
  type DialectServer,
  type SessionTable,
} from '@knex-session/core/dialect'
import { timestampWithOffset } from './codecs.js'
import { quoteIdentifier } from './identifiers.js'

/** What is told of a column. */
type FoundColumn = Partial<Readonly<Record<'name' | 'type', unknown>>>

/**
 * Compared with `nvarchar`, which is what tedious sends, a `varchar` is ordered by the rules of
 * Unicode, but sorted by those of its own collation
 * (https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support,
 * SQL Server collations).
 */
const plainText = { parameter: 'cast(? as varchar(8000))' }

/**
 * Asks for the types of the columns, which whoever may read the table may see
 * (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql).
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    {
      sql: 'select name as [name], type_name(system_type_id) as [type] from sys.columns where object_id = object_id(?)',
      bindings: [qualifiedName({ quoteIdentifier }, table)],
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const found = ({ name }: Column) =>
      columns.find((each) => String(each.name).toLowerCase() === name.toLowerCase())
    const isOf = (column: Column, type: string) => found(column)?.type === type
    const { sid, expired } = table.column
    if (isOf(sid, 'uniqueidentifier')) return wrongType(table)
    const typed = isOf(expired, 'datetimeoffset')
      ? changed(table, expired, { codec: timestampWithOffset })
      : table
    return isOf(sid, 'varchar') || isOf(sid, 'char') ? changed(typed, sid, plainText) : typed
  },
}

function changed(table: SessionTable, former: Column, change: Partial<Column>): SessionTable {
  const { field } = former
  const column: Column = { ...former, ...change }
  const columns = table.columns.map((each) => (each.field === field ? column : each))
  return { ...table, columns, column: { ...table.column, [field]: column } }
}

function wrongType(table: SessionTable): string {
  return (
    `the column '${table.column.sid.name}' of the table '${table.tableName}' is of the type uniqueidentifier, which gives an id back in capitals ` +
    'and holds no other; it has to be nvarchar(255) (docs/schema.md has the statements)'
  )
}
