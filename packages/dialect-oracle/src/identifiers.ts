import { quoteBetween, type ExactSid } from '@knex-session/core/dialect'

/**
 * Bytes in a name, since Oracle 12.2 with `compatible` 12.2.0 (SQL Language Reference 19c, Database
 * Object Names and Qualifiers).
 */
export const maxIdentifierBytes = 128

/**
 * Quotes one identifier, which keeps its case: knex quotes names as well, so tables made by either
 * have lower-case names. Throws a `TypeError` for a name that is empty, longer than 128 bytes of
 * UTF-8 or holds a double quote or a NUL, which no Oracle name can.
 */
export function quoteIdentifier(name: string): string {
  const problem = problemOf(name)
  if (problem !== undefined)
    throw new TypeError(`[knex-session] [oracle] the name '${name}' ${problem}; choose another`)
  return quoteBetween('"', '"', name)
}

function problemOf(name: string): string | undefined {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0) return 'is empty'
  if (bytes > maxIdentifierBytes)
    return `has ${String(bytes)} bytes and Oracle takes ${String(maxIdentifierBytes)}`
  if (name.includes('"')) return 'holds a double quote, which Oracle does not take'
  if (name.includes('\0')) return 'holds a NUL character, which Oracle does not take'
  return undefined
}

const bytesOf = (value: string): string => `nlssort(${value}, 'NLS_SORT=BINARY')`

/**
 * Compares session ids byte for byte. `=` does so by default, but with `NLS_COMP=LINGUISTIC`,
 * which an application may set for its sessions, it follows `NLS_SORT` and may ignore case and
 * accents (Globalization Support Guide 19c, Linguistic Sorting and Matching); the primary key stays
 * binary. `nlssort` with a named sort gives bytes, and bytes compare as bytes.
 */
export const exactSid: ExactSid = { column: bytesOf, parameter: bytesOf('?') }
