import {
  qualifiedName,
  quoteBetween,
  type ExactSid,
  type SessionTable,
} from '@knex-session/core/dialect'

/** Characters of a database, table, column or index name (MySQL 8.4 manual, section 11.2.1). */
export const longestIdentifier = 64

/**
 * Quotes a name between backticks, which no `sql_mode` gives another meaning. Throws a `TypeError`
 * for a name that is empty or longer than 64 characters, ends with a space, or holds NUL or a
 * character beyond U+FFFF: the server refuses those even in quotes (MySQL 8.4 manual, section
 * 11.2).
 */
export function quoteIdentifier(name: string): string {
  const problem = problemOf(name)
  if (problem !== undefined)
    throw new TypeError(`[knex-session] [mysql] the name '${name}' ${problem}; choose another`)
  return quoteBetween('`', '`', name)
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.length > longestIdentifier)
    return `has ${String(name.length)} characters and MySQL takes ${String(longestIdentifier)}`
  if (name.endsWith(' ')) return 'ends with a space, which MySQL does not take'
  if (name.includes('\0')) return 'holds a NUL character, which MySQL does not take'
  if (/[\ud800-\udfff]/.test(name))
    return 'holds a character beyond U+FFFF, which MySQL does not take'
  return undefined
}

/** The quoted name of the table, with its database where one was given. */
export function quotedTable(table: SessionTable): string {
  return qualifiedName({ quoteIdentifier }, table)
}

/**
 * Compares session ids byte for byte: their UTF-8, whatever the character sets of column and
 * connection are. The collations of tables made by others take ids for equal that differ in case,
 * accents or trailing blanks; the cast to a binary string leaves no collation. The parameter is
 * bytes, which no driver and no server converts to the character set of the connection.
 */
export const exactSid: ExactSid & Required<Pick<ExactSid, 'encode'>> = {
  column: (quoted) => `cast(convert(${quoted} using utf8mb4) as binary)`,
  parameter: '?',
  encode: (sid) => Buffer.from(sid),
}
