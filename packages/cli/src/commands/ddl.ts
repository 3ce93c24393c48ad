import type { ServerInfo } from '@knex-session/core/dialect'
import type { Command } from 'commander'
import { adapterOf } from '../database.js'
import type { Output } from '../output.js'
import { tableOf, withFeatures, withTable, type TableFlags } from '../table-options.js'

interface Flags extends TableFlags {
  readonly addColumns?: true
  readonly serverVersion?: string
}

/** The servers that statements are for where nothing else is said. */
const versions: Readonly<Record<string, string>> = { mariadb: '11.4.0-MariaDB', mysql: '8.4.0' }

/** `ddl`: the statements that make the table. */
export function ddl(program: Command, outputOf: (command: Command) => Output): void {
  const command = program
    .command('ddl')
    .description('print the statements that make the table; connects to no database')
    .argument('<client>', 'the knex client: pg, mysql2, better-sqlite3, mssql, oracledb, …')
  withFeatures(withTable(command))
    .option('--add-columns', 'those that add the columns of the options to a table that is there')
    .option(
      '--server-version <version>',
      'what `select version()` says, for MySQL and MariaDB; default: MySQL 8.4, or MariaDB 11.4 for the client mariadb',
    )
    .action((client: string, flags: Flags, self: Command) => {
      const adapter = adapterOf(client)
      const table = tableOf(flags, adapter)
      const version = flags.serverVersion ?? versions[client] ?? versions[adapter.name]
      const server: ServerInfo = adapter.server?.probe?.answer([[{ version }]]) ?? {}
      const missing = table.columns.filter(({ nullable }) => nullable === true)
      const statements = flags.addColumns
        ? missing.length === 0
          ? []
          : (adapter.addColumns?.(table, missing, server) ?? [])
        : adapter.createTable(table, server)
      const texts = statements.map(({ sql }) => sql)
      const output = outputOf(self)
      if (adapter.name === 'mysql' && version === versions['mysql'])
        output.note('for MySQL 8.4; for MariaDB say --server-version 11.4.0-MariaDB, or your own')
      output.answer({ client, statements: texts }, texts.map(asScript))
    })
}

/** A statement as the client of the database takes it. */
export function asScript(sql: string): string {
  return sql.startsWith('begin\n') ? `${sql}\n/` : sql.replace(/;?$/, ';').replaceAll('; ', ';\n')
}
