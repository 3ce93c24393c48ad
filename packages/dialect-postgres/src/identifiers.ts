import { expiryIndexName, qualifiedName, quoteBetween, type SessionTable } from '@knex-session/core/dialect'

/** Bytes of UTF-8. PostgreSQL cuts longer names with no more than a notice (docs 18, section 4.1.1), so two tables could become one. */
const longestIdentifier = 63

/**
 * Quotes a name so that its case and every character of it are kept.
 * Throws a `TypeError` for a name that is empty, holds NUL or is longer than 63 bytes.
 */
export function quoteIdentifier(name: string): string {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0) throw new TypeError('[knex-session] [postgres] a name must not be empty')
  if (name.includes('\0')) throw new TypeError('[knex-session] [postgres] a name must not hold a NUL character')
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

/** The quoted name of the index on the expiry: knex's name where it fits into 63 bytes. */
export function quotedIndex(table: SessionTable): string {
  let characters = longestIdentifier
  while (Buffer.byteLength(expiryIndexName(table, characters)) > longestIdentifier) characters--
  return quoteIdentifier(expiryIndexName(table, characters))
}
