import { randomBytes } from 'node:crypto'
import type { Column, ServerInfo, Statement } from '../../dialect/index.js'
import type { SessionTableGateway } from '../gateway.js'

/** What the adapter asks the server about itself. */
export async function askServer(
  { adapter, table, statements }: SessionTableGateway,
  deadline: number,
): Promise<ServerInfo> {
  const probe = adapter.server?.probe
  if (!probe) return {}
  const work = 'asking the server for its version'
  return probe.answer(await statements.execute(work, probe.statement(table), deadline))
}

/** The server, for statements that are sent to it. */
export async function serverFor(
  gateway: SessionTableGateway,
  deadline: number,
): Promise<ServerInfo> {
  const salt = randomBytes(4).toString('hex')
  return { ...(await askServer(gateway, deadline)), salt, inTransaction: gateway.inTransaction }
}

/**
 * Statements for the end of a message, each with its end and on a line of its own: clients that send
 * a line run some only by themselves, as `create index concurrently` (PostgreSQL 18 docs, "CREATE
 * INDEX").
 */
export function asLines(statements: readonly Statement[]): string {
  return statements.map(({ sql }) => `\n${sql.replace(/;?$/, ';')}`).join('')
}

/** The names of columns, for messages. */
export function namesOf(columns: readonly Column[]): string {
  return columns.map(({ name }) => `'${name}'`).join(', ')
}
