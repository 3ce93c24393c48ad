import { shortSid, type Column, type SessionTable } from '@knex-session/core/dialect'
import { quotedTable, quoteIdentifier } from './identifiers.js'

/** Values do not get to the server as they are. */
export const changedOnItsWay: string =
  'the driver changes values that it sends, so one session could become another, or a part of the statement: ' +
  'remove the option `queryFormat` of the connection, and NO_BACKSLASH_ESCAPES from its sql_mode (mysql and mysql2 do not escape for it)'

/** The server leaves out rows. */
export const cutShort: string =
  'the connections of the knex instance have an `sql_select_limit`, so the store could miss sessions; give the store a knex ' +
  'instance without it (look at `pool.afterCreate`, `init_connect` and the server), or reset it there: set sql_select_limit = default'

/** A column without a default that the store does not know. */
interface Needed {
  readonly name: string
  readonly type: string
  readonly isInPrimary: boolean
}

/** It is a view. */
export function view({ tableName }: SessionTable): string {
  return `'${tableName}' is a view, and the store cannot write to it; name its table with \`tableName\` and \`schemaName\``
}

/** A number may be one of seconds or of milliseconds. */
export function numbers(
  { tableName }: SessionTable,
  { field, name }: Column,
  type: string,
): string {
  return (
    `the column '${name}' of the table '${tableName}' is of the type ${type}, which does not say whether it counts seconds or ms: ` +
    `write \`columns: { ${field}: { name: '${name}', type: 'unix-seconds' } }\`, or 'unix-ms'`
  )
}

/** A point in time is of a type that holds none, or not as the application says. */
export function wrongType(table: SessionTable, { name }: Column, type: string): string {
  return (
    `the column '${name}' of the table '${table.tableName}' is of the type ${type}, which does not hold the time at which a session ends; ` +
    `it has to be datetime(3): alter table ${quotedTable(table)} modify ${quoteIdentifier(name)} datetime(3) not null`
  )
}

/** The session id is of a type that holds no text: bytes, numbers, points in time. */
export function noIds(table: SessionTable, type: string): string {
  const { name } = table.column.sid
  return (
    `the column '${name}' of the table '${table.tableName}' is of the type ${type}, which changes ids, so no session would be found; ` +
    `make it text: alter table ${quotedTable(table)} modify ${quoteIdentifier(name)} varchar(255) character set utf8mb4 collate utf8mb4_bin not null`
  )
}

/** The server cuts a session that is longer than its column. */
export function cutting(table: SessionTable, type: string): string {
  const { name } = table.column.sess
  return (
    `the column '${name}' of the table '${table.tableName}' is of the type ${type}, and the server cuts a session that is longer, because its sql_mode ` +
    `is not strict; set STRICT_TRANS_TABLES there, or make the column longer: alter table ${quotedTable(table)} modify ${quoteIdentifier(name)} ` +
    'longtext character set utf8mb4 not null'
  )
}

/** The session is of a type that holds no text. */
export function noSessions(table: SessionTable, type: string): string {
  const { name } = table.column.sess
  return (
    `the column '${name}' of the table '${table.tableName}' is of the type ${type}, which holds no text; ` +
    `make it text: alter table ${quotedTable(table)} modify ${quoteIdentifier(name)} json not null`
  )
}

/** No session has room in its column. */
export function tooShort(table: SessionTable, type: string): string {
  const { name } = table.column.sess
  return (
    `the column '${name}' of the table '${table.tableName}' is of the type ${type}, which is too short for a session; ` +
    `make it longer: alter table ${quotedTable(table)} modify ${quoteIdentifier(name)} longtext character set utf8mb4 not null`
  )
}

/** No digest of a session id has room in its column, of so many characters. */
export function tooShortForIds(table: SessionTable, longest: number): string | undefined {
  const column = `${quoteIdentifier(table.column.sid.name)} varchar(255) character set utf8mb4 collate utf8mb4_bin not null`
  return shortSid(table, longest, `: alter table ${quotedTable(table)} modify ${column}`)
}

/** Makes a column one of ids that may be null. */
export function asText(table: SessionTable, name: string): string {
  return `alter table ${quotedTable(table)} modify ${quoteIdentifier(name)} varchar(255) character set utf8mb4 collate utf8mb4_bin null`
}

/** No unique key holds just the session id. */
export function noKey(table: SessionTable, hasPrimary: boolean): string {
  const { name } = table.column.sid
  const key = hasPrimary ? 'unique key' : 'primary key'
  return (
    `the table '${table.tableName}' has no unique key on just the column '${name}' and all of it, so one session could have several rows; ` +
    `delete the duplicates and add one: alter table ${quotedTable(table)} add ${key} (${quoteIdentifier(name)})`
  )
}

/** A row needs a value that the store does not write. */
export function neededColumn(table: SessionTable, { name, type, isInPrimary }: Needed): string {
  const nullable = `, or: alter table ${quotedTable(table)} modify ${quoteIdentifier(name)} ${type} null`
  return (
    `the column '${name}' of the table '${table.tableName}' may not be null, has no default and is not written by the store; ` +
    `give it a default${isInPrimary ? '' : nullable}`
  )
}
