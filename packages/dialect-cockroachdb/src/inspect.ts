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
import { postgres } from '@knex-session/dialect-postgres'
import { utcTimestamp } from './codecs.js'

/** A table as it was found. */
export interface FoundTable extends SessionTable {
  /** Whether the sessions are `jsonb`. Default: they are text. */
  readonly isJson?: boolean
}

/** What the catalog says of a column. */
interface FoundColumn {
  readonly name: string
  readonly type: string
  readonly nullable?: boolean
}

/** Types that give back what they were given, as `format_type` names them. */
const usable: Readonly<Record<'sid' | 'sess', RegExp>> = {
  sid: /^(?:character varying(?:\(\d+\))?|text)$/,
  sess: /^(?:jsonb?|character varying(?:\(\d+\))?|text)$/,
}

/**
 * Characters; a session of a log-in by express-session has more than a hundred before the
 * application puts anything in.
 */
const shortestSession = 400

/** The types that hold points in time of a form. */
const holding: Readonly<Record<string, RegExp>> = {
  timestamp: /^timestamp(?:\(\d\))? with(?:out)? time zone$/,
  'local-timestamp': /^timestamp(?:\(\d\))? without time zone$/,
  'unix-seconds': /^bigint$/,
  'unix-ms': /^bigint$/,
}

/**
 * Asks for the types of the columns, by the tables of PostgreSQL's catalog that CockroachDB has
 * (docs 26.2, "pg_catalog").
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    {
      sql:
        'select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable from pg_attribute as a ' +
        'where a.attrelid = to_regclass(?) and a.attnum > 0 and not a.attisdropped',
      bindings: [qualifiedName(postgres, table)],
    },
  ],
  answer([result], table) {
    const rows = Array.from((result as { readonly rows: readonly FoundColumn[] }).rows)
    const typeOf = ({ name }: Column) => rows.find((row) => row.name === name)?.type
    const { sid, sess } = table.column
    for (const [column, type] of [
      [sid, usable.sid],
      [sess, usable.sess],
    ] as const) {
      const found = typeOf(column)
      if (found !== undefined && !type.test(found)) return wrongType(table, column, found, 'text')
    }
    const short = shortSid(table, lengthOf(typeOf(sid)), `: ${toText(table, sid)}`)
    if (short !== undefined) return short
    const user = rows.find(({ name }) => name === table.column.userId?.name)
    const unfit = unfitUser(table, user && userColumn(user), (name) => asText(table, name))
    if (unfit !== undefined) return unfit
    if (lengthOf(typeOf(sess)) < shortestSession) return tooShort(table, typeOf(sess))
    const columns: Column[] = []
    for (const column of table.columns) {
      const found = column.type === 'timestamp' ? typeOf(column) : undefined
      const form = column.form ?? 'timestamp'
      if (found !== undefined && holding[form]?.test(found) !== true)
        return wrongType(table, column, found, 'timestamptz')
      const isBare = form === 'timestamp' && found?.endsWith('without time zone') === true
      columns.push(isBare ? { ...column, codec: utcTimestamp } : column)
    }
    const found: FoundTable = withColumns(table, columns)
    return /^json/.test(typeOf(sess) ?? '') ? { ...found, isJson: true } : found
  },
}

/** The most characters that a type holds. */
function lengthOf(type = ''): number {
  return Number(/\d+/.exec(type)?.[0] ?? Infinity)
}

function userColumn({ type, nullable }: FoundColumn): FoundUserColumn {
  const isText = usable.sid.test(type)
  return { type, isText, longest: lengthOf(type), isNullable: nullable !== false }
}

function asText(table: SessionTable, name: string): string {
  const [of, column] = [qualifiedName(postgres, table), postgres.quoteIdentifier(name)]
  return `\nalter table ${of} alter column ${column} type text using ${column}::text;\nalter table ${of} alter column ${column} drop not null;`
}

function toText(table: SessionTable, { name }: Column): string {
  return `alter table ${qualifiedName(postgres, table)} alter column ${postgres.quoteIdentifier(name)} type text`
}

function tooShort(table: SessionTable, type = ''): string {
  const { sess } = table.column
  return (
    `the column '${sess.name}' of the table '${table.tableName}' is of the type ${type}, which is too short for a session; ` +
    `make it longer: ${toText(table, sess)}`
  )
}

function wrongType(
  { tableName }: SessionTable,
  { name, form, field }: Column,
  type: string,
  wanted: string,
): string {
  const number = /^(?:bigint|integer|numeric)$/.test(type) && form === undefined && field !== 'sid'
  const hint = number
    ? `; where it counts, write \`columns: { ${field}: { name: '${name}', type: 'unix-seconds' } }\`, or 'unix-ms'`
    : ''
  return (
    `the column '${name}' of the table '${tableName}' is of the type ${type}, which the store cannot work with${form === undefined ? '' : ` as '${form}'`}: ` +
    `it has to be ${wanted} (\`npx @knex-session/cli ddl cockroachdb\` prints the statements of a new table)${hint}`
  )
}
