import type { Column } from '../../dialect/index.js'
import { nameOf } from '../../dialect/table.js'
import { isRefusal, pages, SessionStoreError } from '../../errors.js'
import type { SessionTableGateway } from '../gateway.js'
import { askServer, asLines, namesOf } from './server.js'

/**
 * The columns that tables of other stores have by default, the last two of those of times that may
 * not be null. A table may have more.
 */
const columnsOf: readonly (readonly [stores: string, columns: readonly string[]])[] = [
  ['connect-pg-simple and better-sqlite3-session-store', ['sid', 'sess', 'expire']],
  ['express-mysql-session', ['session_id', 'data', 'expires']],
  ['connect-mssql-v2', ['sid', 'session', 'expires']],
  ['connect-session-sequelize', ['sid', 'data', 'expires', 'createdAt', 'updatedAt']],
  ['connect-session-sequelize', ['sid', 'data', 'expires']],
]

/** What the columns of {@link columnsOf} hold, in their order. */
const fields = ['sid', 'sess', 'expired', 'createdAt', 'lastSeenAt']

/**
 * What to throw in place of an error of the look for the table, where that one is there and has
 * other columns: one that says whose table it is, or names the statements that add the columns
 * which an option asks for. The looks for these may fail, so none is made in a transaction of the
 * application's.
 */
export async function mismatchOf(
  error: unknown,
  gateway: SessionTableGateway,
  deadline: number,
): Promise<unknown> {
  const { adapter, table, inTransaction } = gateway
  if (inTransaction || !isRefusal(error)) return error
  const problem =
    (error.kind === 'access-denied' ? undefined : await missingColumns(gateway, deadline)) ??
    (await owner(gateway, deadline))
  if (problem === undefined) return error
  return new SessionStoreError({
    code: 'ERR_DATABASE',
    kind: 'other',
    dialect: adapter.name,
    message: `the table ${nameOf(table)} ${problem}`,
    cause: error,
    ...(error.databaseCode === undefined ? {} : { databaseCode: error.databaseCode }),
  })
}

/** Which of the columns that an option asks for are missing, where all others are there. */
async function missingColumns(
  gateway: SessionTableGateway,
  deadline: number,
): Promise<string | undefined> {
  const { adapter, table } = gateway
  const added = table.columns.filter(({ nullable }) => nullable === true)
  if (added.length === 0) return undefined
  const own = table.columns.filter((column) => !added.includes(column))
  if ((await has(gateway, own.map(nameIn), deadline)) !== true) return undefined
  const missing: Column[] = []
  for (const column of added)
    if ((await has(gateway, [column.name], deadline)) === false) missing.push(column)
  if (missing.length === 0) return undefined
  const server = await askServer(gateway, deadline).catch(() => ({}))
  const statements = asLines(adapter.addColumns?.(table, missing, server) ?? [])
  const advice = statements === '' ? ', and let them be null' : `:${statements}`
  return `has no column ${namesOf(missing)}, which the ${needing(missing)}; add them${advice}`
}

/** The options that ask for columns, as what needs them. */
function needing(columns: readonly Column[]): string {
  const options = [...new Set(columns.flatMap((column) => column.options ?? []))]
  const names = options.map((option) => `\`${option}\``).join(' and ')
  return options.length > 1 ? `options ${names} need` : `option ${names} needs`
}

/** The other store whose table it is by its columns. */
async function owner(gateway: SessionTableGateway, deadline: number): Promise<string | undefined> {
  for (const [stores, columns] of columnsOf) {
    const found = await has(gateway, columns, deadline)
    if (found === undefined) return undefined
    if (!found) continue
    const names = columns.map((name, place) => `${fields[place] ?? ''}: '${name}'`).join(', ')
    return (
      `looks like one of ${stores}: it has the columns '${columns.join(`', '`)}'; ` +
      `to work on it, write \`columns: { ${names} }\` (${pages}switching.md), or choose another \`tableName\``
    )
  }
  return undefined
}

function nameIn({ name }: { readonly name: string }): string {
  return name
}

/** `undefined` where the look fails. */
function has(
  { inspection }: SessionTableGateway,
  names: readonly string[],
  deadline: number,
): Promise<boolean | undefined> {
  return inspection.hasColumns(names, deadline).catch(() => undefined)
}
