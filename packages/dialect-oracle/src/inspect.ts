import type {
  Column,
  CompleteCodec,
  DialectServer,
  EpochMs,
  SessionTable,
} from '@knex-session/core/dialect'
import { localDate, localTimestamp } from './codecs.js'

/**
 * Asks for the type of the expiry. `all_tab_columns` is there for every user and has the tables
 * that the user may read (Database Reference 19c). A table that is met by a synonym is taken for
 * one that the adapter made.
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: ({ schemaName, tableName, column }) => [
    {
      sql:
        `select data_type as "type" from all_tab_columns where owner = ${schemaName === undefined ? `sys_context('userenv', 'current_schema')` : '?'} ` +
        'and table_name = ? and column_name = ?',
      bindings: [...(schemaName === undefined ? [] : [schemaName]), tableName, column.expired.name],
    },
  ],
  answer([result], table) {
    const [found] = Array.isArray(result) ? (result as readonly { readonly type?: unknown }[]) : []
    const type = String(found?.type)
    if (type === 'DATE') return withCodec(table, localDate)
    return /^TIMESTAMP\(\d\)$/.test(type) ? withCodec(table, localTimestamp) : table
  },
}

function withCodec(table: SessionTable, codec: CompleteCodec<EpochMs>): SessionTable {
  const expired: Column = { ...table.column.expired, codec }
  const columns = table.columns.map((column) =>
    column === table.column.expired ? expired : column,
  )
  return { ...table, columns, column: { ...table.column, expired } }
}
