import {
  qualifiedName,
  shortSid,
  unfitUser,
  withColumns,
  type Column,
  type DialectServer,
  type FoundUserColumn,
  type SessionTable,
} from '@knex-session/core/dialect'
import { secondsInInt, timestampWithOffset } from './codecs.js'
import { binaryCollation, quoteIdentifier } from './identifiers.js'

/** What is told of a column. */
type FoundColumn = Partial<Readonly<Record<'name' | 'type', string | null>>> & {
  /** In bytes, -1 for what has no bound. */
  readonly length?: number | null
  readonly nullable?: boolean | null
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
  timestamp: /^(?:datetime2?|smalldatetime|datetimeoffset)$/,
  'unix-seconds': /^(?:int|bigint)$/,
  'unix-ms': /^bigint$/,
}

/**
 * Asks for the types of the columns, which whoever may read the table may see
 * (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql).
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    {
      sql: 'select name as [name], type_name(system_type_id) as [type], max_length as [length], is_nullable as [nullable] from sys.columns where object_id = object_id(cast(? as nvarchar(600)))',
      bindings: [qualifiedName({ quoteIdentifier }, table)],
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const found = ({ name }: Column) =>
      columns.find((each) => String(each.name).toLowerCase() === name.toLowerCase())
    const { sid } = table.column
    const sidType = found(sid)?.type ?? 'nvarchar'
    if (!usable.sid.test(sidType)) return wrongType(table, sidType)
    const short = shortFor(table, sidType, found(sid)?.length)
    if (short !== undefined) return short
    const user = table.column.userId && found(table.column.userId)
    const unfit = unfitUser(table, user && userColumn(user), (name) => asText(table, name))
    if (unfit !== undefined) return unfit
    const known: Column[] = []
    for (const column of table.columns) {
      const type = found(column)?.type ?? ''
      const time = column.type === 'timestamp' && type !== '' ? timeIn(column, type) : column
      if (!time) return noTime(table, column, type)
      known.push(time === sid && sidType === 'varchar' ? { ...sid, ...plainText } : time)
    }
    return withColumns(table, known)
  },
}

/** A column of points in time as it was found to be of a type; `undefined` where it holds others. */
function timeIn(column: Column, type: string): Column | undefined {
  const form = column.form ?? (type === 'int' ? 'unix-seconds' : 'timestamp')
  if (!(form in usable) || !usable[form as keyof typeof usable].test(type)) return undefined
  if (type === 'int') return { ...column, codec: secondsInInt }
  return type === 'datetimeoffset' ? { ...column, codec: timestampWithOffset } : column
}

function userColumn({ type, length, nullable }: FoundColumn): FoundUserColumn {
  return {
    type: type ?? '',
    isText: usable.sid.test(type ?? ''),
    longest: charactersIn(type, length),
    isNullable: nullable !== false,
  }
}

function asText(table: SessionTable, name: string): string {
  return `alter table ${qualifiedName({ quoteIdentifier }, table)} alter column ${quoteIdentifier(name)} nvarchar(255) collate ${binaryCollation} null`
}

/** `bytes`: -1 for what has no bound. */
function charactersIn(type: string | null | undefined, bytes: number | null | undefined): number {
  const isBounded = bytes !== null && bytes !== undefined && bytes >= 0
  return isBounded ? bytes / (type === 'varchar' ? 1 : 2) : Infinity
}

function wrongType(table: SessionTable, type: string): string {
  return (
    `the column '${table.column.sid.name}' of the table '${table.tableName}' is of the type ${type}, which changes ids, ` +
    'so no session would be found: it has to be nvarchar(255) (`npx @knex-session/cli ddl mssql` prints the statements of a new table)'
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
  const column = `${quoteIdentifier(table.column.sid.name)} ${type}(255) collate ${binaryCollation} not null`
  return shortSid(
    table,
    charactersIn(type, bytes),
    ` while it is in no key: alter table ${qualifiedName({ quoteIdentifier }, table)} alter column ${column}`,
  )
}

function noTime({ tableName }: SessionTable, { field, name }: Column, type: string): string {
  const counts =
    type === 'bigint'
      ? `say whether it counts seconds or ms: write \`columns: { ${field}: { name: '${name}', type: 'unix-seconds' } }\`, or 'unix-ms'; otherwise `
      : 'hold the time at which a session ends: '
  return `the column '${name}' of the table '${tableName}' is of the type ${type}, which does not ${counts}it has to be datetime2(3) (\`npx @knex-session/cli ddl mssql\` prints the statements of a new table)`
}
