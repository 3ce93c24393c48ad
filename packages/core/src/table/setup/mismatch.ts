import type { Column } from '../../dialect/index.js'
import { nameOf } from '../../dialect/table.js'
import { isRefusal, pages, SessionStoreError } from '../../errors.js'
import type { TableStatements } from '../statements.js'
import type { Inspection } from './inspection.js'
import { askServer, asLines, isAdded, namesOf } from './server.js'

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
  statements: TableStatements,
  inspection: Inspection,
  deadline: number,
): Promise<unknown> {
  const { adapter, table, inTransaction } = statements
  if (inTransaction || !isRefusal(error)) return error
  // `undefined` where the look fails.
  const has: Look = (columns) => inspection.hasColumns(columns, deadline).catch(() => undefined)
  const problem =
    (error.kind === 'access-denied'
      ? undefined
      : await missingColumns(has, statements, deadline)) ?? (await owner(has))
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

/** Whether the table has such columns, whatever others. */
type Look = (columns: readonly string[]) => Promise<boolean | undefined>

/** Which of the columns that an option asks for are missing, where all others are there. */
async function missingColumns(
  has: Look,
  statements: TableStatements,
  deadline: number,
): Promise<string | undefined> {
  const { adapter, table } = statements
  const own = table.columns.filter((column) => !isAdded(column))
  const added = table.columns.filter(isAdded)
  if (added.length === 0 || !(await has(own.map(({ name }) => name)))) return undefined
  const missing: Column[] = []
  for (const column of added) if ((await has([column.name])) === false) missing.push(column)
  if (missing.length === 0) return undefined
  const server = await askServer(statements, deadline).catch(() => ({}))
  const sql = asLines(adapter.addColumns?.(table, missing, server) ?? [])
  const advice = sql === '' ? ', and let them be null' : `:${sql}`
  return `has no column ${namesOf(missing)}, which the ${needing(missing)}; add them${advice}`
}

/** The options that ask for columns, as what needs them. */
function needing(columns: readonly Column[]): string {
  const options = [...new Set(columns.flatMap((column) => column.options ?? []))]
  const names = options.map((option) => `\`${option}\``).join(' and ')
  return options.length > 1 ? `options ${names} need` : `option ${names} needs`
}

/** The other store whose table it is by its columns. */
async function owner(has: Look): Promise<string | undefined> {
  for (const [stores, columns] of columnsOf) {
    const found = await has(columns)
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
