import type { DialectServer, Statement } from '@knex-session/core/dialect'
import { quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * Writes may be blocked while reads go on, by a backup's `flush tables with read lock` for example.
 */
const longestWait = 1_000

/**
 * Has writes explained, for which the server asks for the rights that they need (MySQL 8.4 manual,
 * section 15.8.2), by whatever role or column they were given, and does none of them; tried on
 * MariaDB 10.11 and MySQL 9.7. A server that is read-only refuses to (error 1290), which says
 * nothing of rights. MariaDB asks for the right to update the session id, too, for an upsert.
 */
export const writeRights: NonNullable<DialectServer['rights']> = {
  statements(table) {
    const names = table.columns.map(({ name }) => quoteIdentifier(name))
    const kept = table.columns
      .filter((column) => column !== table.column.sid)
      .map(({ name }) => `${quoteIdentifier(name)} = ${quoteIdentifier(name)}`)
    return [
      explained(
        `insert into ${quotedTable(table)} (${names.join(', ')}) values (${names.map(() => 'null').join(', ')}) on duplicate key update ${kept.join(', ')}`,
      ),
      explained(
        `delete from ${quotedTable(table)} where ${quoteIdentifier(table.column.sid.name)} is null`,
      ),
    ]
  },
  answer: () => undefined,
}

function explained(sql: string): Statement {
  return { sql: `explain ${sql}`, bindings: [], stopAfter: longestWait }
}
