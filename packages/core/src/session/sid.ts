import { SessionStoreError } from '../errors.js'

/** The most characters (UTF-16 code units) of a session id: the width of the column. */
const longestSid = 255

/**
 * Why a string cannot be a session id, or `undefined` when it can. Refused is what some database
 * would cut, change or take for another id: over 255 characters, NUL, lone surrogates (they become
 * U+FFFD in UTF-8) and a trailing space (`=` ignores it on SQL Server and under padding collations,
 * SQL Server 2022 docs, "String comparison / assignment").
 */
export function sidProblem(sid: string): string | undefined {
  if (sid === '') return 'it is empty'
  if (sid.length > longestSid) return `it has more than ${String(longestSid)} characters`
  if (sid.endsWith(' ')) return 'it ends with a space'
  if (sid.includes('\0')) return 'it holds a NUL character'
  if (/[\ud800-\udfff]/u.test(sid)) return 'it holds half of a surrogate pair'
  return undefined
}

/** The error for a session id that cannot be stored; the id itself is not in it. */
export function invalidSid(problem: string): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_INVALID_SID',
    message: `the session id cannot be used: ${problem}; check the application's \`genid\``,
  })
}
