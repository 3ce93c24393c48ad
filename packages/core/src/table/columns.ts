import type { Column, ServerInfo } from '../dialect/index.js'
import { nameOf } from '../dialect/table.js'
import { isRefusal, SessionStoreError } from '../errors.js'
import type { SessionTableGateway } from './gateway.js'

/** What the adapter asks the server about itself. */
export async function askServer(
  gateway: SessionTableGateway,
  deadline: number,
): Promise<ServerInfo> {
  const { adapter, table } = gateway
  const probe = adapter.server?.probe
  return probe
    ? probe.answer(
        await gateway.execute(
          'asking the server for its version',
          probe.statement(table),
          deadline,
        ),
      )
    : {}
}

/**
 * What to throw in place of an error of the look for the table: where the table is there and lacks
 * columns that an option asks for, one that names the statements which add them. The looks for
 * these may fail, so none is made in a transaction of the application's.
 */
export async function withStatements(
  error: unknown,
  gateway: SessionTableGateway,
  deadline: number,
): Promise<unknown> {
  const { adapter, table, inTransaction } = gateway
  const added = table.columns.filter(({ nullable }) => nullable === true)
  if (added.length === 0 || inTransaction || !isRefusal(error) || error.kind === 'access-denied')
    return error
  const has = (columns: readonly Column[]) =>
    gateway
      .hasColumns(
        columns.map(({ name }) => name),
        deadline,
      )
      .catch(() => undefined)
  if ((await has(table.columns.filter((column) => !added.includes(column)))) !== true) return error
  const missing: Column[] = []
  for (const column of added) if ((await has([column])) === false) missing.push(column)
  if (missing.length === 0) return error
  const server = await askServer(gateway, deadline).catch(() => ({}))
  const statements = adapter.addColumns?.(table, missing, server).map(({ sql }) => sql) ?? []
  const names = missing.map(({ name }) => `'${name}'`).join(', ')
  return new SessionStoreError({
    code: 'ERR_DATABASE',
    kind: 'other',
    dialect: adapter.name,
    message:
      `the table ${nameOf(table)} has no column ${names}, which the option \`userId\` needs; ` +
      (statements.length === 0
        ? 'add them, and let them be null'
        : `add them: ${statements.join('; ')};`),
    cause: error,
    ...(error.databaseCode === undefined ? {} : { databaseCode: error.databaseCode }),
  })
}
