import { randomBytes } from 'node:crypto'
import type { Column, ServerInfo, Statement } from '../../dialect/index.js'
import type { Sending } from '../../statement/runner.js'
import type { TableStatements } from '../statements.js'

/** What the adapter asks the server about itself. */
export async function askServer(
  statements: TableStatements,
  deadline: number,
): Promise<ServerInfo> {
  const probe = statements.adapter.server?.probe
  if (!probe) return {}
  const sending: Sending = { work: 'asking the server for its version', deadline }
  return probe.answer(await statements.execute(probe.statement(statements.table), sending))
}

/** The server, for statements that are sent to it. */
export async function serverFor(
  statements: TableStatements,
  deadline: number,
): Promise<ServerInfo> {
  const salt = randomBytes(4).toString('hex')
  return {
    ...(await askServer(statements, deadline)),
    salt,
    inTransaction: statements.inTransaction,
  }
}

/**
 * Statements for the end of a message, each with its end and on a line of its own: clients that send
 * a line run some only by themselves, as `create index concurrently` (PostgreSQL 18 docs, "CREATE
 * INDEX").
 */
export function asLines(statements: readonly Statement[]): string {
  return statements.map(({ sql }) => `\n${sql.replace(/;?$/, ';')}`).join('')
}

/** Whether an option asks for the column, so that a table of sessions may be without it. */
export function isAdded({ nullable }: Column): boolean {
  return nullable === true
}

/** The names of columns, for messages. */
export function namesOf(columns: readonly Column[]): string {
  return columns.map(({ name }) => `'${name}'`).join(', ')
}
