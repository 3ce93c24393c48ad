import {
  indexedColumns,
  indexName,
  type Column,
  type ColumnType,
  type DialectAdapter,
  type DialectServer,
  type ServerInfo,
  type SessionTable,
  type Statement,
  type TimeType,
} from '@knex-session/core/dialect'
import { textOf } from './codecs.js'
import { longestIdentifier, quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * Asks for the version; a server or proxy whose answer cannot be read gets the types that all of
 * them know.
 */
export const probe: NonNullable<DialectServer['probe']> = {
  statement: () => ({ sql: 'select version() as version', bindings: [] }),
  answer(result) {
    const [rows] = result as readonly [readonly { readonly version?: unknown }[]]
    return readVersion(String(rows[0]?.version))
  },
}

/**
 * With `autocommit = 0` every statement waits for a commit (MySQL 8.4 manual, section 17.7.2.2),
 * which knex does not send. The value is there for a `queryFormat` of the application's that puts
 * none in: the server refuses the statement, and its text quotes the name.
 */
export const commits: NonNullable<DialectServer['commits']> = {
  statement: () => ({
    sql: 'select @@autocommit as autocommit, ? as `look at queryFormat of the connection`',
    bindings: ['a'],
  }),
  answer(result) {
    const [rows] = result as readonly [readonly { readonly autocommit?: unknown }[]]
    const value = rows[0]?.autocommit
    return (textOf(value) ?? String(value)) !== '0'
  },
}

/**
 * Reads `8.4.3`, `5.7.44-log` or `10.11.6-MariaDB-log`. MariaDB may put `5.5.5-` before its
 * version, for the sake of old replicas
 * (https://mariadb.com/docs/server/reference/sql-functions/secondary-functions/information-functions/version).
 */
function readVersion(text: string): ServerInfo {
  const mariadb = /mariadb/i.test(text)
  const numbers = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(mariadb ? text.replace(/^5\.5\.5-/, '') : text)
  if (!numbers) return {}
  const [major, minor, patch] = numbers.slice(1).map((digits) => Number(digits || 0))
  return { mariadb, major: major ?? 0, minor: minor ?? 0, patch: patch ?? 0 }
}

/**
 * The table, its primary key and its indexes in one statement, which is atomic: nobody sees a table
 * without its index.
 *
 * Every column names its character set, because the default of a database is often latin1, which
 * refuses other ids and emoji. The dynamic row format has room for a key of 255 characters of 4
 * bytes; older ones end at 767 bytes (MySQL 8.4 manual, section 17.22).
 */
export function createTable(table: SessionTable, server: ServerInfo): readonly Statement[] {
  const columns = table.columns.map((column) => definitionOf(column, server))
  const keys = [
    `primary key (${quoteIdentifier(table.column.sid.name)})`,
    ...indexedColumns(table).map((column) => indexOn(table, column)),
  ]
  const options = 'engine = InnoDB default character set = utf8mb4 row_format = dynamic'
  return [
    {
      sql: `create table if not exists ${quotedTable(table)} (${[...columns, ...keys].join(', ')}) ${options}`,
      bindings: [],
    },
  ]
}

/**
 * The columns and their indexes by one statement, which lets others write meanwhile (MySQL 8.4
 * manual, section 17.12.1).
 */
export const addColumns: NonNullable<DialectAdapter['addColumns']> = (table, columns, server) => {
  const added = columns.map((column) => `add column ${definitionOf(column, server)}`)
  const indexes = indexedColumns({ columns }).map((column) => `add ${indexOn(table, column)}`)
  return [
    { sql: `alter table ${quotedTable(table)} ${[...added, ...indexes].join(', ')}`, bindings: [] },
  ]
}

function definitionOf(column: Column, server: ServerInfo): string {
  return `${quoteIdentifier(column.name)} ${columnTypes(server)[column.form ?? column.type] ?? ''} ${column.nullable === true ? 'null' : 'not null'}`
}

function indexOn(table: SessionTable, column: Column): string {
  return `index ${quoteIdentifier(indexName(table, column, longestIdentifier))} (${quoteIdentifier(column.name)})`
}

function columnTypes(server: ServerInfo): Readonly<Partial<Record<ColumnType | TimeType, string>>> {
  const hasJson =
    server['mariadb'] === true || server['major'] === undefined || isAtLeast(server, 5, 7, 8)
  const text = `character set utf8mb4 collate ${binaryCollation(server)}`
  return {
    sid: `varchar(255) ${text}`,
    user: `varchar(255) ${text}`,
    version: `varchar(32) ${text}`,
    json: hasJson ? 'json' : 'longtext character set utf8mb4 collate utf8mb4_bin',
    timestamp: 'datetime(3)',
    'unix-seconds': 'bigint unsigned',
    'unix-ms': 'bigint unsigned',
  }
}

/**
 * A binary collation that does not ignore trailing blanks, where the server has one:
 * `utf8mb4_nopad_bin` since MariaDB 10.2
 * (https://mariadb.com/docs/server/reference/data-types/string-data-types/character-sets/supported-character-sets-and-collations),
 * `utf8mb4_0900_bin` since MySQL 8.0.17 (manual, section 12.10.1).
 */
function binaryCollation(server: ServerInfo): string {
  if (server['mariadb'] === true)
    return isAtLeast(server, 10, 2, 2) ? 'utf8mb4_nopad_bin' : 'utf8mb4_bin'
  return isAtLeast(server, 8, 0, 17) ? 'utf8mb4_0900_bin' : 'utf8mb4_bin'
}

function isAtLeast(
  server: ServerInfo,
  ...wanted: readonly [major: number, minor: number, patch: number]
): boolean {
  const actual = [server['major'], server['minor'], server['patch']].map((part) =>
    typeof part === 'number' ? part : 0,
  )
  const differing = wanted.findIndex((part, index) => actual[index] !== part)
  return differing === -1 || (actual[differing] ?? 0) > (wanted[differing] ?? 0)
}
