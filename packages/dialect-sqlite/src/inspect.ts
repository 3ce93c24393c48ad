import {
  unfitUser,
  withColumns,
  type Column,
  type DialectServer,
  type FoundUserColumn,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { codecs, formByType, formOf, type ExpiryForm, type FoundTable } from './found-table.js'
import { quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * What `pragma_table_info` says of a column, and how many unique keys hold only it;
 * better-sqlite3 gives a BigInt for every number by `safeIntegers`.
 */
interface FoundColumn {
  readonly name: string
  readonly type: string
  readonly notnull: number | bigint
  readonly dflt_value: unknown
  /** Its place in the primary key, from 1 on; 0 outside. */
  readonly pk: number | bigint
  readonly keys: number | bigint
  /** What it is a column of, by `sqlite_schema`; `null` for what is temporary. */
  readonly of: string | null
}

/**
 * Asks for the columns and keys (docs, "PRAGMA Functions"), and looks at some expiries, the first
 * and the last among them: they are in whatever form they were written. Every column has a name by
 * `as`, which no setting changes (docs, "PRAGMA full_column_names").
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [columnsOf(table), someExpiries(table)],
  answer([columns, expiries], table) {
    if (!Array.isArray(columns) || !Array.isArray(expiries)) return table
    const all = Array.from<FoundColumn>(columns)
    const found = ({ name }: Column) => all.find((column) => isNamed(column, name))
    if (all[0]?.of === 'view') return view(table)
    const sid = found(table.column.sid)
    if (sid && makesNumbers(sid)) return numbers(table, sid)
    if (sid && !isKey(sid, all)) return noKey(table)
    const user = table.column.userId && found(table.column.userId)
    const unfit = unfitUser(table, user && userColumn(user), (name) => newColumn(table, name))
    if (unfit !== undefined) return unfit
    const needed = all.find(
      (column) => isNeeded(column) && !table.columns.some(({ name }) => isNamed(column, name)),
    )
    if (needed) return neededColumn(table, needed)
    const named = formByType[table.column.expired.form ?? 'timestamp']
    const forms = new Set([
      ...(named === undefined ? [] : [named]),
      ...Array.from(expiries as readonly { readonly at: unknown }[], ({ at }) => formOf(at)),
    ])
    if (forms.size > 1 || forms.has(undefined)) return unclear(table, forms)
    const [met] = forms
    const form = met ?? usualForm(found(table.column.expired))
    return form === 'ISO 8601' ? table : withForm(table, form)
  },
}

function columnsOf({ tableName, schemaName }: SessionTable): Statement {
  const of = (name: string) => (schemaName === undefined ? name : `${name}, ?`)
  const schema = schemaName === undefined ? [] : [schemaName]
  const keys =
    `select count(*) from pragma_index_list(${of('?')}) as l where l."unique" and not l.partial ` +
    `and (select group_concat(i.name, char(0)) from pragma_index_info(${of('l.name')}) as i) = c.name`
  const catalog = `${schemaName === undefined ? '' : `${quoteIdentifier(schemaName)}.`}sqlite_master`
  const kind = `select s.type from ${catalog} as s where s.name = ? collate nocase and s.type in ('table', 'view')`
  return {
    sql: `select c.name as name, c.type as type, c."notnull" as "notnull", c.dflt_value as dflt_value, c.pk as pk, (${keys}) as keys, (${kind}) as of from pragma_table_info(${of('?')}) as c`,
    bindings: [tableName, ...schema, ...schema, tableName, tableName, ...schema],
  }
}

function someExpiries(table: SessionTable): Statement {
  const expired = quoteIdentifier(table.column.expired.name)
  const from = `select ${expired} as at from ${quotedTable(table)} where ${expired} is not null`
  const some = (order: string, count: number) =>
    `select at as at from (${from}${order} limit ${String(count)})`
  return {
    sql: [some('', 20), some(` order by ${expired}`, 4), some(` order by ${expired} desc`, 4)].join(
      ' union all ',
    ),
    bindings: [],
  }
}

/**
 * The form of an empty table: a type that has a number in its name makes numbers of what looks like
 * one (docs, "Datatypes", section 3.1).
 */
function usualForm(column: FoundColumn | undefined): ExpiryForm {
  return /INT|REAL|FLOA|DOUB/i.test(column?.type ?? '') ? 'milliseconds' : 'ISO 8601'
}

/**
 * Whether a column makes a number of what looks like one, so that `012` comes back as `12`: all but
 * those of text and without a type (docs, "Datatypes", section 3.1).
 */
function makesNumbers({ type }: FoundColumn): boolean {
  return /INT/i.test(type) || !/CHAR|CLOB|TEXT|BLOB|^$/i.test(type)
}

/** SQLite keeps texts of any length (docs, "Datatypes", section 3.1). */
function userColumn(column: FoundColumn): FoundUserColumn {
  const { type, notnull } = column
  return { type, isText: !makesNumbers(column), longest: Infinity, isNullable: !(notnull > 0) }
}

function newColumn(table: SessionTable, name: string): string {
  const [of, column] = [quotedTable(table), quoteIdentifier(name)]
  return `drop its indexes, then:\nalter table ${of} drop column ${column};\nalter table ${of} add column ${column} varchar(255);`
}

function isKey(sid: FoundColumn, all: readonly FoundColumn[]): boolean {
  return sid.keys > 0 || (sid.pk > 0 && all.filter(({ pk }) => pk > 0).length === 1)
}

/**
 * An integer that is the primary key gets its value from SQLite (docs, "CREATE TABLE", section 5).
 */
function isNeeded({ notnull, dflt_value, pk }: FoundColumn): boolean {
  return notnull > 0 && dflt_value === null && !(pk > 0)
}

function withForm(table: SessionTable, form: ExpiryForm): FoundTable {
  const { expired } = table.column
  const columns = table.columns.map((column) =>
    column === expired ? { ...column, codec: codecs[form] } : column,
  )
  return { ...withColumns(table, columns), form }
}

function unclear(table: SessionTable, forms: ReadonlySet<ExpiryForm | undefined>): string {
  const { name } = table.column.expired
  const met = Array.from(forms, (form) => form ?? 'something else').join(', ')
  return (
    `the column '${name}' of the table '${table.tableName}' holds ${met}, which cannot be compared with the time: every row needs one form, ` +
    'UTC as `2026-01-31T12:00:00.000Z`, `2026-01-31 12:00:00` or `2026-01-31 12:00:00.000 +00:00`, or ms or seconds ' +
    'since 1970; delete or convert ' +
    `the others: select typeof(${quoteIdentifier(name)}), * from ${quotedTable(table)} order by 1`
  )
}

function view({ tableName }: SessionTable): string {
  return `'${tableName}' is a view, and the store cannot write to it; name its table with \`tableName\` and \`schemaName\``
}

const statements =
  '(`npx @knex-session/cli ddl better-sqlite3` prints the statements of a new table)'

function numbers({ tableName }: SessionTable, { name, type }: FoundColumn): string {
  return (
    `the column '${name}' of the table '${tableName}' is of the type ${type}, in which SQLite makes a number of an id; ` +
    'make a table with varchar(255) for it ' +
    statements
  )
}

function noKey(table: SessionTable): string {
  const { name } = table.column.sid
  const column = quoteIdentifier(name)
  return (
    `the table '${table.tableName}' has no unique key on just the column '${name}', so one session could have several rows; ` +
    `delete the duplicates and add one: create unique index ${quoteIdentifier(`${table.tableName}_${name}_key`)} ` +
    `on ${quoteIdentifier(table.tableName)} (${column})`
  )
}

function neededColumn(table: SessionTable, { name }: FoundColumn): string {
  return (
    `the column '${name}' of the table '${table.tableName}' may not be null, has no default and is not written by the store; ` +
    'make the table again with a default for it, or without it ' +
    statements
  )
}

/** Names of columns are the same in any case of ASCII letters. */
function isNamed({ name }: FoundColumn, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase()
}
