import {
  qualifiedName,
  shortSid,
  unfitUser,
  withColumns,
  type Column,
  type CompleteCodec,
  type DialectServer,
  type EpochMs,
  type FoundUserColumn,
  type SessionTable,
} from '@knex-session/core/dialect'
import { localDate, localTimestamp } from './codecs.js'
import { quoteIdentifier } from './identifiers.js'

/** What is told of a column. */
interface FoundColumn {
  readonly name?: string | null
  readonly type?: string | null
  /** In characters. */
  readonly length?: number | null
  readonly nullable?: string | null
}

/**
 * Types that hold what they are given, and no others: `char` and `nchar` fill an id up with blanks,
 * and are not equal then to what it was (SQL Language Reference 19c, Data Type Comparison Rules);
 * large objects cannot be compared; numbers are not what they were.
 */
const usable = {
  sid: /^N?VARCHAR2$/,
  expired: /^(?:TIMESTAMP\(\d\)(?: WITH (?:LOCAL )?TIME ZONE)?|DATE)$/,
}

/**
 * Asks for the types of the session id and the expiry. `all_tab_columns` is there for every user
 * and has the tables that the user may read (Database Reference 19c). A table that is met by a
 * synonym is taken for one that the adapter made.
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: ({ schemaName, tableName, column }) => [
    {
      sql:
        `select column_name as "name", data_type as "type", char_length as "length", nullable as "nullable" from all_tab_columns where owner = ${schemaName === undefined ? `sys_context('userenv', 'current_schema')` : '?'} ` +
        'and table_name = ? and column_name in (?, ?, ?)',
      bindings: [
        ...(schemaName === undefined ? [] : [schemaName]),
        ...[tableName, column.sid.name, column.expired.name, (column.userId ?? column.sid).name],
      ],
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const typeOf = ({ name }: Column, usual: string) =>
      columns.find((each) => each.name === name)?.type ?? usual
    const { sid, expired } = table.column
    const sidType = typeOf(sid, 'VARCHAR2')
    if (!usable.sid.test(sidType)) return wrongType(table, sidType)
    const longest = columns.find(({ name }) => name === sid.name)?.length ?? Infinity
    const short = shortSid(table, longest, `: ${longerSid(table)}`)
    if (short !== undefined) return short
    const user = columns.find(({ name }) => name === table.column.userId?.name)
    const unfit = unfitUser(table, user && userColumn(user), () => asText(table, user))
    if (unfit !== undefined) return unfit
    const type = typeOf(expired, 'TIMESTAMP(3) WITH TIME ZONE')
    if (!usable.expired.test(type)) return noTime(table, type)
    if (type === 'DATE') return withCodec(table, localDate)
    return /^TIMESTAMP\(\d\)$/.test(type) ? withCodec(table, localTimestamp) : table
  },
}

function userColumn({ type, length, nullable }: FoundColumn): FoundUserColumn {
  return {
    type: type ?? '',
    isText: usable.sid.test(type ?? ''),
    longest: length ?? Infinity,
    isNullable: nullable !== 'N',
  }
}

/** A type is changed only while the column is empty (SQL Language Reference 19c, ALTER TABLE). */
function asText(table: SessionTable, { name, nullable }: FoundColumn = {}): string {
  const column = `${quoteIdentifier(name ?? '')} varchar2(255 char)${nullable === 'N' ? ' null' : ''}`
  return `while it is empty, by: alter table ${qualifiedName({ quoteIdentifier }, table)} modify (${column})`
}

function wrongType(table: SessionTable, type: string): string {
  return (
    `the column '${table.column.sid.name}' of the table '${table.tableName}' is of the type ${type}, which changes ids, ` +
    'so no session would be found: it has to be varchar2(255 char) (`npx @knex-session/cli ddl oracledb` prints the statements of a new table)'
  )
}

function longerSid(table: SessionTable): string {
  const name = qualifiedName({ quoteIdentifier }, table)
  return `alter table ${name} modify (${quoteIdentifier(table.column.sid.name)} varchar2(255 char))`
}

function noTime({ tableName, column }: SessionTable, type: string): string {
  return (
    `the column '${column.expired.name}' of the table '${tableName}' is of the type ${type}, which does not hold the time at which a session ends: ` +
    'it has to be timestamp(3) with time zone (`npx @knex-session/cli ddl oracledb` prints the statements of a new table)'
  )
}

function withCodec(table: SessionTable, codec: CompleteCodec<EpochMs>): SessionTable {
  const { expired } = table.column
  return withColumns(
    table,
    table.columns.map((column) => (column === expired ? { ...column, codec } : column)),
  )
}
