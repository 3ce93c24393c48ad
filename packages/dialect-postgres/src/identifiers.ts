import {
  qualifiedName,
  quoteBetween,
  type ExactSid,
  type SessionTable,
} from '@knex-session/core/dialect'

/**
 * Bytes of UTF-8. PostgreSQL cuts longer names with no more than a notice (docs 18, section 4.1.1),
 * so two tables could become one.
 */
const longestIdentifier = 63

/**
 * Quotes a name so that its case and every character of it are kept.
 * Throws a `TypeError` for a name that is empty, holds NUL or is longer than 63 bytes.
 */
export function quoteIdentifier(name: string): string {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0) throw new TypeError('[knex-session] [postgres] a name must not be empty')
  if (name.includes('\0'))
    throw new TypeError('[knex-session] [postgres] a name must not hold a NUL character')
  if (bytes > longestIdentifier) {
    throw new TypeError(
      `[knex-session] [postgres] the name '${name}' has ${String(bytes)} bytes and PostgreSQL takes ${String(longestIdentifier)}; choose a shorter one`,
    )
  }
  return quoteBetween('"', '"', name)
}

/** The quoted name of the table, with its schema where it has one. */
export function quotedTable(table: SessionTable): string {
  return qualifiedName({ quoteIdentifier }, table)
}

/**
 * Compares session ids byte for byte. A column made by others may be `citext`, or of a collation
 * that is not deterministic, and then takes ids for equal that differ in case.
 */
export const exactSid: ExactSid = {
  column: sameText,
  parameter: '?',
  among: (quoted, sids) => ({ sql: `${sameText(quoted)} = any(?)`, bindings: [sids] }),
}

function sameText(quoted: string): string {
  return `${quoted}::text collate "C"`
}
