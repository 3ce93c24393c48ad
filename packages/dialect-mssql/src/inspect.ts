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
 * Types that hold no session id as it was given: `char` and `nchar` fill it up with blanks
 * (https://learn.microsoft.com/sql/t-sql/statements/set-ansi-padding-transact-sql), a
 * `uniqueidentifier` comes back in capitals, `text` and `ntext` cannot be compared.
 */
const unusable = /^(?:n?char|n?text|(?:var)?binary|image|uniqueidentifier|(?:big|small|tiny)?int)$/

/**
 * Asks for the types of the columns, which whoever may read the table may see
 * (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql).
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    {
      sql: 'select name as [name], type_name(system_type_id) as [type] from sys.columns where object_id = object_id(cast(? as nvarchar(600)))',
      bindings: [qualifiedName({ quoteIdentifier }, table)],
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const found = ({ name }: Column) =>
      columns.find((each) => String(each.name).toLowerCase() === name.toLowerCase())
    const isOf = (column: Column, type: string) => found(column)?.type === type
    const { sid, expired } = table.column
    const sidType = String(found(sid)?.type)
    if (unusable.test(sidType)) return wrongType(table, sidType)
    const typed = isOf(expired, 'datetimeoffset')
      ? changed(table, expired, { codec: timestampWithOffset })
      : table
    return isOf(sid, 'varchar') ? changed(typed, sid, plainText) : typed
  },
}

function changed(table: SessionTable, former: Column, change: Partial<Column>): SessionTable {
  const { field } = former
  const column: Column = { ...former, ...change }
  const columns = table.columns.map((each) => (each.field === field ? column : each))
  return { ...table, columns, column: { ...table.column, [field]: column } }
}

function wrongType(table: SessionTable, type: string): string {
  return (
    `the column '${table.column.sid.name}' of the table '${table.tableName}' is of the type ${type}, which does not give an id back as it was, ` +
    'so that no session would be found: it has to be nvarchar(255) (docs/schema.md has the statements)'
  )
}
