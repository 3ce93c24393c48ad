import { invalidOption } from '../errors.js'
import type { Column, SessionTable } from './adapter.js'

/** The names an application may choose. */
export interface SessionTableNames {
  readonly schemaName?: string | undefined
  /** Default: `sessions`. */
  readonly tableName?: string
  /** Default: `sid`. */
  readonly sidFieldName?: string
}

/**
 * The definition of a session table, with the columns that connect-session-knex makes: the session id, `sess` and `expired`.
 * Throws a `TypeError` with code `ERR_INVALID_OPTION` that names the option whose name cannot be an identifier.
 */
export function sessionTable(names: SessionTableNames = {}): SessionTable {
  const { schemaName, tableName = 'sessions', sidFieldName = 'sid' } = names
  if (schemaName !== undefined) checkIdentifier('schemaName', schemaName)
  checkIdentifier('tableName', tableName)
  checkIdentifier('sidFieldName', sidFieldName)
  const sid: Column = Object.freeze({ field: 'sid', name: sidFieldName, type: 'sid' })
  const sess: Column = Object.freeze({ field: 'sess', name: 'sess', type: 'json' })
  const expired: Column = Object.freeze({ field: 'expired', name: 'expired', type: 'timestamp' })
  if ([sess.name, expired.name].includes(sidFieldName.toLowerCase())) {
    throw invalidOption('sidFieldName', `'${sidFieldName}' is the name of another column`)
  }
  return Object.freeze({
    schemaName,
    tableName,
    columns: Object.freeze([sid, sess, expired]),
    column: Object.freeze({ sid, sess, expired }),
  })
}

/** Refused are names no database takes, and `?`, which knex reads as a placeholder wherever it stands in SQL text. */
function checkIdentifier(option: string, name: unknown): void {
  if (typeof name !== 'string' || name === '') throw invalidOption(option, 'expected a non-empty string')
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f?]/.test(name) || !isWellFormed(name)) {
    throw invalidOption(option, 'a name must not hold control characters, lone surrogates or a question mark')
  }
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text)
}

/** The name of the table, for messages. */
export function nameOf({ tableName, schemaName }: SessionTable): string {
  return `'${tableName}'${schemaName === undefined ? '' : ` in the schema '${schemaName}'`}`
}
