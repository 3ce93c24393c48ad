import { qualifiedName, type DialectServer } from '@knex-session/core/dialect'
import { quoteIdentifier } from './identifiers.js'

/**
 * Whether the user may do with the table what the store does: 1, or 0; null where that cannot be
 * told.
 */
const rights = {
  insert: `has_perms_by_name(cast(? as nvarchar(600)), 'OBJECT', 'INSERT')`,
  update: `has_perms_by_name(cast(? as nvarchar(600)), 'OBJECT', 'UPDATE', name, 'COLUMN')`,
  delete: `has_perms_by_name(cast(? as nvarchar(600)), 'OBJECT', 'DELETE')`,
}

/** What the user may do with a column. */
type FoundColumn = Partial<Readonly<Record<'name' | keyof typeof rights, unknown>>>

/**
 * Asks for the rights on the columns
 * (https://learn.microsoft.com/sql/t-sql/functions/has-perms-by-name-transact-sql), which do not
 * depend on whether the database takes writes now. The id of a row is never changed.
 */
export const writeRights: NonNullable<DialectServer['rights']> = {
  statements: (table) => [
    {
      sql:
        `select name as [name], ${Object.entries(rights)
          .map(([right, asked]) => `${asked} as [${right}]`)
          .join(', ')} ` + 'from sys.columns where object_id = object_id(cast(? as nvarchar(600)))',
      bindings: Array<string>(4).fill(qualifiedName({ quoteIdentifier }, table)),
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const written = table.columns
      .filter((column) => column !== table.column.sid)
      .map(({ name }) =>
        columns.find((each) => String(each.name).toLowerCase() === name.toLowerCase()),
      )
    const missing = (Object.keys(rights) as (keyof typeof rights)[])
      .filter((right) => written.some((column) => column?.[right] === 0))
      .join(', ')
    if (missing === '') return undefined
    return (
      `the database user lacks the right to ${missing} on the table '${table.tableName}', so no session can be stored; ` +
      `give it: grant ${missing} on ${qualifiedName({ quoteIdentifier }, table)} to …`
    )
  },
}
