import {
  indexedColumns,
  type Column,
  type ColumnType,
  type DialectAdapter,
  type DialectServer,
  type SessionTable,
  type Statement,
  type TimeType,
} from '@knex-session/core/dialect'
import { quotedTable, quoteIdentifier } from './identifiers.js'

const columnTypes: Readonly<Partial<Record<ColumnType | TimeType, string>>> = {
  sid: 'varchar(255)',
  json: 'json',
  timestamp: 'timestamptz',
  'local-timestamp': 'timestamp',
  'unix-seconds': 'bigint',
  'unix-ms': 'bigint',
  user: 'varchar(255)',
  version: 'varchar(32)',
}

/**
 * `to_regclass` finds what the name would mean in a statement, by the search path, views and
 * temporary tables too (docs, "System Catalog Information Functions"); a relation that is missing
 * is no error.
 */
export const tableExists: NonNullable<DialectServer['tableExists']> = {
  statement: (table) => ({
    sql: 'select to_regclass(?) is not null as found',
    bindings: [quotedTable(table)],
  }),
  answer(result) {
    const { rows } = result as { readonly rows: readonly [{ readonly found: unknown }] }
    return rows[0].found === true
  },
}

/**
 * The table and its indexes, in one text without bindings: the server makes all or none, also where
 * whoever sent it dies meanwhile (docs 18, Message Flow, Multiple Statements in a Simple Query). It
 * names the primary key `<table>_pkey` and the index `<table>_expired_idx`, shortens the names
 * where it must, and puts a number after one that is taken (docs 18, CREATE INDEX): hence no
 * `if not exists`, by which all who start at once would make an index. YugabyteDB makes a hash
 * index of it unless an order is named.
 *
 * The plain type `json` keeps the text of a session as it was written; `jsonb` would sort its keys
 * and refuse `\u0000`. Throws a `TypeError` for the schema of temporary tables, which go with the
 * connection (docs 18, CREATE TABLE).
 */
export function createTable(table: SessionTable): readonly Statement[] {
  if (table.schemaName !== undefined && /^pg_temp(?:_\d+)?$/.test(table.schemaName)) {
    throw new TypeError(
      `[knex-session] [postgres] \`schemaName: '${table.schemaName}'\` makes a temporary table, which is gone with its connection; leave it out, or name another`,
    )
  }
  const name = quotedTable(table)
  const indexes = indexedColumns(table).map(
    (column) => `create index on ${name} (${quoteIdentifier(column.name)} asc)`,
  )
  return [
    {
      sql: [
        `create table ${name} (${table.columns.map(definitionOf).join(', ')})`,
        ...indexes,
      ].join('; '),
      bindings: [],
    },
  ]
}

/**
 * `concurrently` lets others write meanwhile, and runs in no transaction (docs 18, CREATE INDEX).
 */
export const addColumns: NonNullable<DialectAdapter['addColumns']> = (table, columns, server) => {
  const name = quotedTable(table)
  const added = columns.map((column) => `add column ${definitionOf(column)}`)
  const how = server['inTransaction'] === true ? '' : 'concurrently '
  const indexes = indexedColumns({ columns }).map(
    (column) => `create index ${how}on ${name} (${quoteIdentifier(column.name)} asc)`,
  )
  return [`alter table ${name} ${added.join(', ')}`, ...indexes].map((sql) => ({
    sql,
    bindings: [],
  }))
}

function definitionOf(column: Column): string {
  const constraint =
    column.type === 'sid' ? ' primary key' : column.nullable === true ? '' : ' not null'
  return `${quoteIdentifier(column.name)} ${columnTypes[column.form ?? column.type] ?? ''}${constraint}`
}
