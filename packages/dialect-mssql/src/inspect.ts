import {
  qualifiedName,
  type Column,
  type DialectServer,
  type SessionTable,
} from '@knex-session/core/dialect'
import { timestampWithOffset } from './codecs.js'
import { quoteIdentifier } from './identifiers.js'

/**
 * Whether the user may do with the table what the store does: 1, or 0; null where that cannot be
 * told.
 */
const rights = {
  insert: `has_perms_by_name(?, 'OBJECT', 'INSERT')`,
  update: `has_perms_by_name(?, 'OBJECT', 'UPDATE', name, 'COLUMN')`,
  delete: `has_perms_by_name(?, 'OBJECT', 'DELETE')`,
}

/** What is told of a column. */
type FoundColumn = Partial<Readonly<Record<'name' | 'type' | keyof typeof rights, unknown>>>

/**
 * Compared with `nvarchar`, which is what tedious sends, a `varchar` is ordered by the rules of
 * Unicode, but sorted by those of its own collation
 * (https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support,
 * SQL Server collations).
 */
const plainText = { parameter: 'cast(? as varchar(8000))' }

/**
 * Asks for the types of the columns, which whoever may read the table may see
 * (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql),
 * and for the rights on them
 * (https://learn.microsoft.com/sql/t-sql/functions/has-perms-by-name-transact-sql), which do not
 * depend on whether the database takes writes now.
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    {
      sql:
        `select name as [name], type_name(system_type_id) as [type], ${Object.entries(rights)
          .map(([right, asked]) => `${asked} as [${right}]`)
          .join(', ')} ` + 'from sys.columns where object_id = object_id(?)',
      bindings: Array<string>(4).fill(qualifiedName({ quoteIdentifier }, table)),
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const found = ({ name }: Column) =>
      columns.find((each) => String(each.name).toLowerCase() === name.toLowerCase())
    const isOf = (column: Column, type: string) => found(column)?.type === type
    const { sid, expired } = table.column
    if (isOf(sid, 'uniqueidentifier')) return wrongType(table)
    // The id of a row is never changed.
    const written = table.columns.filter((column) => column !== sid).map(found)
    const missing = (Object.keys(rights) as (keyof typeof rights)[]).filter((right) =>
      written.some((column) => column?.[right] === 0),
    )
    if (missing.length > 0) return withoutRights(table, missing)
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

function withoutRights(table: SessionTable, missing: readonly string[]): string {
  return (
    `the database user lacks the right to ${missing.join(', ')} on the table '${table.tableName}', so that no session could be kept; ` +
    `give it: grant ${missing.join(', ')} on ${qualifiedName({ quoteIdentifier }, table)} to …`
  )
}

function wrongType(table: SessionTable): string {
  return (
    `the column '${table.column.sid.name}' of the table '${table.tableName}' is of the type uniqueidentifier, which gives an id back in capitals ` +
    'and holds no other; it has to be nvarchar(255) (docs/schema.md has the statements)'
  )
}
