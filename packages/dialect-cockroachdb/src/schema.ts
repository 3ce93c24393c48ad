import {
  qualifiedName,
  type Column,
  type ColumnType,
  type DialectAdapter,
  type SessionTable,
  type Statement,
  type TimeType,
} from '@knex-session/core/dialect'
import { postgres } from '@knex-session/dialect-postgres'

/** CockroachDB's `text` has no length of its own; the store bounds that of ids (docs 26.2, "STRING"). */
const columnTypes: Readonly<Partial<Record<ColumnType | TimeType, string>>> = {
  sid: 'text',
  json: 'text',
  timestamp: 'timestamptz',
  'local-timestamp': 'timestamp',
  'unix-seconds': 'bigint',
  'unix-ms': 'bigint',
  user: 'text',
  version: 'text',
}

/**
 * The table, its primary key and its indexes, in one statement. Ids are random, so that rows are
 * spread over the cluster by their primary key. Expiries grow, and an ordinary index on them would
 * have all writes at its end, on one node: this one is hash-sharded (docs 26.2, "Hash-sharded
 * Indexes"). Contents are text as it was written, since the only type of JSON sorts keys and
 * refuses `\u0000`.
 */
export function createTable(table: SessionTable): readonly Statement[] {
  const indexes = table.columns
    .filter(({ indexed }) => indexed === true)
    .map((column) => `index (${quoted(column)})${column.type === 'timestamp' ? ' using hash' : ''}`)
  const parts = [...table.columns.map(definitionOf), ...indexes]
  return [
    {
      sql: `create table ${qualifiedName(postgres, table)} (${parts.join(', ')})`,
      bindings: [],
    },
  ]
}

/** Schema changes are online, and each is a statement by itself (docs 26.2, "ALTER TABLE"). */
export const addColumns: NonNullable<DialectAdapter['addColumns']> = (table, columns) => {
  const name = qualifiedName(postgres, table)
  const added = columns.map((column) => `add column ${definitionOf(column)}`)
  const indexes = columns
    .filter(({ indexed }) => indexed === true)
    .map((column) => `create index on ${name} (${quoted(column)})`)
  return [`alter table ${name} ${added.join(', ')}`, ...indexes].map((sql) => ({
    sql,
    bindings: [],
  }))
}

function definitionOf(column: Column): string {
  const constraint =
    column.type === 'sid' ? ' primary key' : column.nullable === true ? '' : ' not null'
  return `${quoted(column)} ${columnTypes[column.form ?? column.type] ?? ''}${constraint}`
}

function quoted({ name }: Column): string {
  return postgres.quoteIdentifier(name)
}
