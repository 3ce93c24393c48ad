import { nameOf } from '../dialect/table.js'
import { isRefusal, SessionStoreError } from '../errors.js'
import type { SessionTableGateway } from './gateway.js'

/** The columns that tables of other stores have by default. A table may have more. */
const columnsOf: readonly (readonly [stores: string, columns: readonly string[]])[] = [
  ['connect-pg-simple and better-sqlite3-session-store', ['sid', 'sess', 'expire']],
  ['express-mysql-session', ['session_id', 'expires', 'data']],
  ['connect-mssql-v2', ['sid', 'session', 'expires']],
  ['connect-session-sequelize', ['sid', 'expires', 'data']],
]

/**
 * What to throw in place of an error of the look for the table: one that says whose table it is,
 * where it lacks columns of this store's and has those of another. The looks for these may fail, so
 * none is made in a transaction of the application's.
 */
export async function withOwner(
  error: unknown,
  gateway: SessionTableGateway,
  deadline: number,
): Promise<unknown> {
  const { adapter, table, inTransaction } = gateway
  if (!isRefusal(error) || inTransaction) return error
  for (const [stores, columns] of columnsOf) {
    const found = await gateway.hasColumns(columns, deadline).catch(() => undefined)
    if (found === undefined) return error
    if (!found) continue
    const { databaseCode } = error
    const own = table.columns.map(({ name }) => name)
    return new SessionStoreError({
      code: 'ERR_DATABASE',
      kind: 'other',
      dialect: adapter.name,
      message:
        `the table ${nameOf(table)} looks like one of ${stores}: it has the columns '${columns.join(`', '`)}' and this store's are ` +
        `'${own.join(`', '`)}'; choose another name as \`tableName\`, and docs/switching.md says how to take the sessions along`,
      cause: error,
      ...(databaseCode === undefined ? {} : { databaseCode }),
    })
  }
  return error
}
