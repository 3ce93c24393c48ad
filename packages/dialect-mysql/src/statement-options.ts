import type { DriverAccess } from '@knex-session/core/dialect'

/** What an application may have set on its connections that changes the rows they give. */
export interface ConnectionOptions {
  readonly typeCast?: unknown
  readonly rowsAsArray?: unknown
  readonly nestTables?: unknown
}

/**
 * Options of every statement, for all three drivers.
 *
 * - Cells and rows as the driver makes them, whatever the application has set for its own: bytes
 *   that its `typeCast` takes for text would be other contents, and `false` gives bytes for names.
 *   Only a function of a statement's own comes before that of the connection (mysql2,
 *   `lib/parsers/text_parser.js`).
 * - MariaDB's connector writes a statement with its values into its errors, and knex logs one that
 *   breaks a connection. Without `logParam` it writes only the text (`lib/cmd/parser.js`, 3.5).
 *   mysql and mysql2 do not know the option and pass it by.
 */
export const statementOptions: NonNullable<DriverAccess['options']> & ConnectionOptions =
  Object.freeze({
    logParam: false,
    typeCast: (_field: unknown, next: () => unknown) => next(),
    rowsAsArray: false,
    nestTables: false,
  })

/** A statement with its options. */
export type OwnOptions = typeof statementOptions & { sql: string }

/**
 * A statement for a connection of mysql2, with options of its own where the connection has others
 * than the driver.
 */
export function withOwnOptions(
  sql: string,
  config: ConnectionOptions | undefined,
): string | OwnOptions {
  const isPlain = config?.typeCast === true && config.rowsAsArray !== true && !config.nestTables
  return isPlain ? sql : { ...statementOptions, sql }
}
