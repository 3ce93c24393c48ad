import {
  indexName,
  qualifiedName,
  quoteBetween,
  type Column,
  type ExactSid,
  type ServerInfo,
  type SessionTable,
} from '@knex-session/core/dialect'

/**
 * SQLite sets no limit to the length of a name; this one keeps the name of the index readable. In
 * bytes.
 */
const longestIndexName = 255

/**
 * Quotes a name in backticks. In double quotes SQLite takes a name that is no column for a string
 * (docs, "Quirks", section 8), so a missing column would read as its own name. Throws a `TypeError`
 * for a name that is empty, starts with `sqlite_`, or holds NUL or a single quote: an error about
 * such a table could not be told from one that quotes a session, see `classify`.
 */
export function quoteIdentifier(name: string): string {
  if (name === '') throw new TypeError('[knex-session] [sqlite] a name must not be empty')
  if (name.includes('\0'))
    throw new TypeError('[knex-session] [sqlite] a name must not hold a NUL character')
  if (name.includes("'"))
    throw new TypeError(
      `[knex-session] [sqlite] the name '${name}' holds a single quote; choose another`,
    )
  if (/^sqlite_/i.test(name)) {
    throw new TypeError(
      `[knex-session] [sqlite] the name '${name}' starts with 'sqlite_', which SQLite keeps for itself; choose another`,
    )
  }
  return quoteBetween('`', '`', name)
}

/** The quoted name of the table, with its attached database where it has one. */
export function quotedTable(table: SessionTable): string {
  return qualifiedName({ quoteIdentifier }, table)
}

/**
 * The quoted name of the index on a column. It lives in the table's database, where a renamed table
 * may have left one of that name, and is qualified in place of the table.
 */
export function quotedIndex(table: SessionTable, column: Column, { salt }: ServerInfo): string {
  return qualifiedName(
    { quoteIdentifier },
    { ...table, tableName: indexName(table, column, longestIndexName, salt) },
  )
}

/**
 * Compares session ids byte for byte, also in a column made by others that is `collate nocase`
 * or `collate rtrim`: a collation that is named wins over the column's (docs, "Datatypes", section
 * 7.1).
 */
export const exactSid: ExactSid = {
  column: sameText,
  parameter: '?',
  among: (quoted, sids) => ({
    sql: `${sameText(quoted)} in (select value from json_each(?))`,
    bindings: [JSON.stringify(sids)],
  }),
}

function sameText(quoted: string): string {
  return `${quoted} collate binary`
}
