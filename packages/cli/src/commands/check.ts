import { indexName, qualifiedName, type DialectAdapter } from '@knex-session/core/dialect'
import { checkSessionTable, type TableProblem } from '@knex-session/core/migration'
import type { Command } from 'commander'
import { CatalogOf } from '../catalog/catalog-of.js'
import { withDatabase, withDatabaseOf, type Database, type DatabaseOptions } from '../database.js'
import { exitCodes, type Output } from '../output.js'
import {
  tableOf,
  tableOptionsOf,
  withFeatures,
  withTable,
  type TableFlags,
} from '../table-options.js'
import { asScript } from './ddl.js'

/** What is wrong, and what mends it. */
interface Finding {
  readonly about: TableProblem['about'] | 'index' | 'clock' | 'collation' | 'server'
  readonly message: string
  readonly statements: readonly string[]
  /** Whether a store works all the same. */
  readonly isAdvice: boolean
}

const databases = 'https://github.com/knex-session/knex-session/blob/main/docs/databases.md'

/** Ms by which clocks may differ. */
const largestDifference = 2_000

/** `check`: whether a store can work on the table. */
export function check(program: Command, outputOf: (command: Command) => Output): void {
  const command = program
    .command('check')
    .description(
      'look whether a store can work on the table: rights, columns, types, keys, index, collation, clock',
    )
  withFeatures(withTable(withDatabase(command))).action(
    async (flags: DatabaseOptions & TableFlags, self: Command) => {
      const output = outputOf(self)
      const findings = await withDatabaseOf(flags, output, (database) => found(database, flags))
      const problems = findings.filter(({ isAdvice }) => !isAdvice)
      output.answer({ ok: problems.length === 0, findings }, [
        ...findings.flatMap(describe),
        problems.length === 0
          ? `The table '${flags.table}' is as a store needs it.`
          : `A store cannot work well on the table '${flags.table}': ${String(problems.length)} to mend.`,
      ])
      if (problems.length > 0) process.exitCode = exitCodes.problems
    },
  )
}

async function found({ knex, adapter }: Database, flags: TableFlags): Promise<readonly Finding[]> {
  const problems = await checkSessionTable(knex, { ...tableOptionsOf(flags), dialect: adapter })
  const findings: Finding[] = problems.map((problem) => ({
    ...problem,
    message: problem.message.replace(/^(?:\[[\w-]+\] )+|\s+See https:\S+$/g, ''),
    isAdvice: false,
  }))
  if (problems.some(({ about }) => about === 'table')) return findings
  const table = tableOf(flags, adapter)
  const catalog = new CatalogOf(knex, adapter, table)
  const lacking = problems.some(({ about }) => about === 'columns')
  const indexed = await catalog.indexed()
  for (const column of table.columns.filter((each) => each.indexed === true)) {
    // Its statement comes with those of the columns.
    const isNew = lacking && column.nullable === true
    if (indexed === undefined || isNew || indexed.includes(column.name.toLowerCase())) continue
    const use =
      column.field === 'expired' ? 'prunes and counts' : 'looks for the sessions of a user'
    findings.push({
      about: 'index',
      message: `no index begins with the column '${column.name}', so that each of the ${use} reads the whole table`,
      statements: [createIndex(adapter, flags, column.field)],
      isAdvice: false,
    })
  }
  const advise = (about: Finding['about'], message: string) =>
    findings.push({ about, message, statements: [], isAdvice: true })
  const collation = await catalog.inexactCollation()
  if (collation !== undefined)
    advise(
      'collation',
      `session ids are compared by the collation ${collation}, which may take two of them for one: the store never mixes them up, but refuses the second`,
    )
  const database = await catalog.notRunOn()
  if (database !== undefined)
    advise('server', `not run by us on ${database}: what is known of it is in ${databases}`)
  const difference = await catalog.clockDifference()
  if (difference !== undefined && Math.abs(difference) > largestDifference)
    advise(
      'clock',
      `the clock of the server is ${String(difference)} ms from the one here: sessions end by the clocks of the application's machines, which have to agree`,
    )
  return findings
}

function createIndex(adapter: DialectAdapter, flags: TableFlags, field: string): string {
  const table = tableOf(flags, adapter)
  const column = table.columns.find((each) => each.field === field) ?? table.column.expired
  const name = adapter.quoteIdentifier(indexName(table, column, 60))
  return `create index ${name} on ${qualifiedName(adapter, table)} (${adapter.quoteIdentifier(column.name)})`
}

function describe({ about, message, statements, isAdvice }: Finding): readonly string[] {
  return [
    `${isAdvice ? 'advice' : 'problem'} (${about}): ${message}`,
    ...statements.flatMap((sql) => asScript(sql).split('\n')).map((line) => `    ${line}`),
  ]
}
