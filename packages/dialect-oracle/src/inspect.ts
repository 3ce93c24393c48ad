import type {
  Column,
  CompleteCodec,
  DialectServer,
  EpochMs,
  SessionTable,
} from '@knex-session/core/dialect'
import { localDate, localTimestamp } from './codecs.js'

/** What is told of a column. */
interface FoundColumn {
  readonly name?: unknown
  readonly type?: unknown
}

/**
 * Types that hold no session id as it was given: `char` and `nchar` fill it up with blanks, and are
 * not equal then to what it was (SQL Language Reference 19c, Data Type Comparison Rules); large
 * objects cannot be compared.
 */
const unusable = /^(?:N?CHAR|(?:LONG )?RAW|LONG|N?CLOB|BLOB|NUMBER|FLOAT|DATE)$/

/**
 * Asks for the types of the session id and the expiry. `all_tab_columns` is there for every user and has the tables
 * that the user may read (Database Reference 19c). A table that is met by a synonym is taken for
 * one that the adapter made.
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: ({ schemaName, tableName, column }) => [
    {
      sql:
        `select column_name as "name", data_type as "type" from all_tab_columns where owner = ${schemaName === undefined ? `sys_context('userenv', 'current_schema')` : '?'} ` +
        'and table_name = ? and column_name in (?, ?)',
      bindings: [
        ...(schemaName === undefined ? [] : [schemaName]),
        ...[tableName, column.sid.name, column.expired.name],
      ],
    },
  ],
  answer([result], table) {
    const columns = Array.isArray(result) ? (result as readonly FoundColumn[]) : []
    const typeOf = ({ name }: Column) => String(columns.find((each) => each.name === name)?.type)
    const { sid, expired } = table.column
    if (unusable.test(typeOf(sid))) return wrongType(table, typeOf(sid))
    const type = typeOf(expired)
    if (type === 'DATE') return withCodec(table, localDate)
    return /^TIMESTAMP\(\d\)$/.test(type) ? withCodec(table, localTimestamp) : table
  },
}

function wrongType(table: SessionTable, type: string): string {
  return (
    `the column '${table.column.sid.name}' of the table '${table.tableName}' is of the type ${type}, which does not give an id back as it was, ` +
    'so that no session would be found: it has to be varchar2(255 char) (docs/schema.md has the statements)'
  )
}

function withCodec(table: SessionTable, codec: CompleteCodec<EpochMs>): SessionTable {
  const expired: Column = { ...table.column.expired, codec }
  const columns = table.columns.map((column) =>
    column === table.column.expired ? expired : column,
  )
  return { ...table, columns, column: { ...table.column, expired } }
}
