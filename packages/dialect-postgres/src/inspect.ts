import {
  shortSid,
  unfitUser,
  withColumns,
  type Column,
  type DialectServer,
  type FoundUserColumn,
  type SessionTable,
} from '@knex-session/core/dialect'
import { quotedTable, quoteIdentifier } from './identifiers.js'
import { isUtc, timeIn } from './times.js'

/** A table as it was found. */
export interface FoundTable extends SessionTable {
  /** The type of the session ids, where text cannot be compared with it. */
  readonly sidType?: 'uuid'
}

/** What the catalog says of a column. */
interface FoundColumn {
  readonly name: string
  readonly type: string
  /** Whether the store, which does not know it, cannot write a row because of it. */
  readonly needed: boolean
  readonly nullable: boolean
  /** Whether what it is a column of is a copy, which no row can be written to. */
  readonly copied: boolean
  /** The most characters that it holds, where it has a bound. */
  readonly longest: string | null
  /** Whether a unique key holds only it; `null` where that cannot be known, for a view. */
  readonly unique: boolean | null
  /**
   * What makes one that is not deferrable of a unique key that is, and holds only it, but for the
   * column; `null` where there is none.
   */
  readonly late: string | null
  /** Whether the connection's time zone is UTC. */
  readonly utc: boolean
  /** {@link mixedText}, as it comes back. */
  readonly text: unknown
  readonly varchar: unknown
}

/** What parsers change that trim, fold case, take text for bytes, or look for JSON. */
const mixedText = ' {"Größe": 1.50} '

const changedOnItsWay =
  'the driver changes text that it reads, so sessions would not be found: use the type parsers of node-postgres for `text` and `varchar`; ' +
  'remove `pg.types.setTypeParser(25 | 1043, …)`, or `types` of the connection that change them'

/**
 * Types that give back what they were given, as `format_type` names them. Any other is refused: it
 * holds no such value, or gives back another one. An extension's type may come with its schema.
 */
const usable = {
  sid: /^(?:character(?: varying)?|text|uuid|(?:.+\.)?citext)$/,
  user: /^(?:character varying|text|(?:.+\.)?citext)$/,
  sess: /^(?:jsonb?|character(?: varying)?|text|(?:.+\.)?citext)$/,
}

/**
 * Characters; a session of a log-in by express-session has more than a hundred before the
 * application puts anything in.
 */
const shortestSession = 400

/** Whether the index `i` is a unique key of only the column `a`. */
const isKey =
  'i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null and i.indkey[0] = a.attnum and i.indnatts = 1'

/**
 * By the row as JSON, for servers before PostgreSQL 10 have no such column in the catalog (docs 10,
 * section E.25.3).
 */
const noIdentity = `coalesce(to_jsonb(a) ->> 'attidentity', '') = ''`

/** What a column is of, where that is a domain, or one over a domain (docs 18, section 52.64). */
const domains =
  `left join pg_type as d on d.oid = a.atttypid and d.typtype = 'd' ` +
  `left join pg_type as e on e.oid = d.typbasetype and e.typtype = 'd'`
const type = 'coalesce(e.typbasetype, d.typbasetype, a.atttypid)'
const modifier = 'coalesce(nullif(e.typtypmod, -1), nullif(d.typtypmod, -1), a.atttypmod)'

/**
 * Asks for the types of the columns and the keys (docs 18, sections 52.7 and 52.26): the catalog is
 * there for every user. Along comes a text, which shows whether the application's type parsers
 * change what the store reads; it reads no numbers.
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    {
      sql:
        `select a.attname as name, format_type(${type}, null) as type, a.attnotnull and not a.atthasdef and ${noIdentity} as needed, not a.attnotnull as nullable, c.relkind = 'm' as copied, ` +
        `case when ${type} in (1042, 1043) and ${modifier} > 4 then (${modifier} - 4)::text end as longest, ` +
        `case when c.relkind in ('r', 'p') then exists (select 1 from pg_index as i where ${isKey}) end as "unique", ` +
        `(select 'drop constraint ' || quote_ident(k.relname) || case when i.indisprimary then ', add primary key' else ', add unique' end ` +
        `from pg_index as i join pg_class as k on k.oid = i.indexrelid where ${isKey} and not i.indimmediate limit 1) as late, ` +
        `${isUtc} as utc, ?::text as text, ?::varchar as varchar ` +
        `from pg_attribute as a join pg_class as c on c.oid = a.attrelid ${domains} ` +
        `where a.attrelid = to_regclass(?) and a.attnum > 0 and not a.attisdropped`,
      bindings: [mixedText, mixedText, quotedTable(table)],
    },
  ],
  answer([result], table) {
    const { rows } = result as { readonly rows: readonly FoundColumn[] }
    const [first] = rows
    if (first && (first.text !== mixedText || first.varchar !== mixedText)) return changedOnItsWay
    if (first?.copied === true) return materialized(table)
    const found = ({ name }: Column) => Array.from(rows).find((column) => column.name === name)
    const sidFound = found(table.column.sid)
    if (sidFound && !usable.sid.test(sidFound.type))
      return wrongType(table, sidFound, 'varchar(255)')
    // It gives back an id with blanks that it did not have.
    if (sidFound?.type === 'character' && sidFound.longest !== null)
      return wrongType(
        table,
        { ...sidFound, type: `character(${sidFound.longest})` },
        'varchar(255)',
      )
    const user = table.column.userId && found(table.column.userId)
    const unfit = unfitUser(table, user && userColumn(user), (name) => asText(table, name))
    if (unfit !== undefined) return unfit
    const columns: Column[] = []
    for (const column of table.columns) {
      const { type = '', utc = true } = found(column) ?? {}
      const known = type === '' || column.type !== 'timestamp' ? column : timeIn(column, type, utc)
      if (typeof known === 'string')
        return `the column '${column.name}' of the table '${table.tableName}' is of the type ${type}, ${known}`
      columns.push(known)
    }
    const sessFound = found(table.column.sess)
    if (sessFound && !usable.sess.test(sessFound.type)) return wrongType(table, sessFound, 'json')
    if (sessFound && Number(sessFound.longest ?? shortestSession) < shortestSession)
      return tooShort(table, sessFound)
    if (sidFound?.unique === false) return noKey(table)
    if (sidFound && sidFound.late !== null) return lateKey(table, sidFound.late)
    const short = sidFound && shortFor(table, sidFound)
    if (short !== undefined) return short
    const known = table.columns.map(({ name }) => name)
    const needed = Array.from(rows).find((column) => column.needed && !known.includes(column.name))
    if (needed) return neededColumn(table, needed)
    const typed = withColumns(table, columns)
    return sidFound?.type === 'uuid' ? ({ ...typed, sidType: 'uuid' } satisfies FoundTable) : typed
  },
}

function userColumn({ type, longest, nullable }: FoundColumn): FoundUserColumn {
  const isText = usable.user.test(type)
  return { type, isText, longest: Number(longest ?? Infinity), isNullable: nullable }
}

function asText(table: SessionTable, name: string): string {
  const column = quoteIdentifier(name)
  return `alter table ${quotedTable(table)} alter column ${column} type varchar(255) using ${column}::varchar(255), alter column ${column} drop not null`
}

function materialized({ tableName }: SessionTable): string {
  return `'${tableName}' is a materialized view, and the store cannot write to it; name its table with \`tableName\` and \`schemaName\``
}

function wrongType(table: SessionTable, { name, type }: FoundColumn, wanted: string): string {
  return (
    `the column '${name}' of the table '${table.tableName}' is of the type ${type}, which the store cannot work with: it has to be ${wanted} ` +
    '(`npx @knex-session/cli ddl pg` prints the statements of a new table)'
  )
}

function tooShort(table: SessionTable, { name, longest }: FoundColumn): string {
  return (
    `the column '${name}' of the table '${table.tableName}' holds ${longest ?? 'few'} characters, too few for a session; ` +
    `make it longer: alter table ${quotedTable(table)} alter column ${quoteIdentifier(name)} type text`
  )
}

function shortFor(table: SessionTable, { name, type, longest }: FoundColumn): string | undefined {
  const change = `: alter table ${quotedTable(table)} alter column ${quoteIdentifier(name)} type varchar(255)`
  return shortSid(table, type === 'uuid' ? 36 : Number(longest ?? Infinity), change)
}

function noKey(table: SessionTable): string {
  const { name } = table.column.sid
  return (
    `the table '${table.tableName}' has no unique key on just the column '${name}', so one session could have several rows; ` +
    `delete the duplicates and add one: alter table ${quotedTable(table)} add primary key (${quoteIdentifier(name)})`
  )
}

/** `on conflict` fails by any such key, even where there is another one (docs 18, "INSERT"). */
function lateKey(table: SessionTable, change: string): string {
  const { name } = table.column.sid
  return (
    `the table '${table.tableName}' has a unique key on the column '${name}' that is deferrable, so every write fails; ` +
    `make it not deferrable: alter table ${quotedTable(table)} ${change} (${quoteIdentifier(name)})`
  )
}

function neededColumn(table: SessionTable, { name }: FoundColumn): string {
  return (
    `the column '${name}' of the table '${table.tableName}' may not be null, has no default and is not written by the store; ` +
    `give it a default, or: alter table ${quotedTable(table)} alter column ${quoteIdentifier(name)} drop not null`
  )
}
