import {
  qualifiedName,
  shortSid,
  type Column,
  type DialectServer,
  type SessionTable,
} from '@knex-session/core/dialect'
import { timestampWithOffset } from './codecs.js'
import { binaryCollation, quoteIdentifier } from './identifiers.js'

/** What is told of a column. */
type FoundColumn = Partial<Readonly<Record<'name' | 'type', string | null>>> & {
  /** In bytes, -1 for what has no bound. */
  readonly length?: number | null
}

/**
 * Compared with `nvarchar`, which is what tedious sends, a `varchar` is ordered by the rules of
 * Unicode, but sorted by those of its own collation
 * (https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support,
 * SQL Server collations).
 */
const plainText = { parameter: 'cast(? as varchar(8000))' }

/**
 * Types that hold what they are given, and no others: `char` and `nchar` fill an id up with blanks
 * (https://learn.microsoft.com/sql/t-sql/statements/set-ansi-padding-transact-sql), a
 * `uniqueidentifier` comes back in capitals, `text` and `ntext` cannot be compared, numbers are not
 * what they were.
 */
const usable = {
  sid: /^n?varchar$/,
  expired: /^(?:datetime2?|smalldatetime|datetimeoffset)$/,
}

/**
 * Asks for the types of the columns, which whoever may read the table may see
 * (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql).
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    {
      sql: 'select name as [name], type_name(system_type_id) as [type], max_length as [length] from sys.columns where object_id = object_id(cast(? as nvarchar(600)))',
      bindings: [qualifiedName({ quoteIdentifier }, table)],
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const found = ({ name }: Column) =>
      columns.find((each) => String(each.name).toLowerCase() === name.toLowerCase())
    const { sid, expired } = table.column
    const typeOf = (column: Column, usual: string) => found(column)?.type ?? usual
    const [sidType, expiredType] = [typeOf(sid, 'nvarchar'), typeOf(expired, 'datetime2')]
    if (!usable.sid.test(sidType)) return wrongType(table, sidType)
    const short = shortFor(table, sidType, found(sid)?.length)
    if (short !== undefined) return short
    if (!usable.expired.test(expiredType)) return noTime(table, expiredType)
    const typed =
      expiredType === 'datetimeoffset'
        ? changed(table, expired, { codec: timestampWithOffset })
        : table
    return sidType === 'varchar' ? changed(typed, sid, plainText) : typed
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
    'so that no session would be found: it has to be nvarchar(255) (`npx @knex-session/cli ddl mssql` prints the statements of a new table)'
  )
}

/**
 * A column of a primary key is not altered
 * (https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql, ALTER COLUMN).
 */
function shortFor(
  table: SessionTable,
  type: string,
  bytes: number | null | undefined,
): string | undefined {
  const isBounded = bytes !== null && bytes !== undefined && bytes >= 0
  const longest = isBounded ? bytes / (type === 'varchar' ? 1 : 2) : Infinity
  const column = `${quoteIdentifier(table.column.sid.name)} ${type}(255) collate ${binaryCollation} not null`
  return shortSid(
    table,
    longest,
    ` while it is in no key: alter table ${qualifiedName({ quoteIdentifier }, table)} alter column ${column}`,
  )
}

function noTime({ tableName, column }: SessionTable, type: string): string {
  return (
    `the column '${column.expired.name}' of the table '${tableName}' is of the type ${type}, which does not hold the time at which a session ends: ` +
    'it has to be datetime2(3) (`npx @knex-session/cli ddl mssql` prints the statements of a new table)'
  )
}
