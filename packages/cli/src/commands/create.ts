import {
  addSessionColumns,
  checkSessionTable,
  createSessionTable,
} from '@knex-session/core/migration'
import type { Command } from 'commander'
import { withDatabase, withDatabaseOf, type DatabaseOptions } from '../database.js'
import type { Output } from '../output.js'
import { tableOptionsOf, withFeatures, withTable, type TableFlags } from '../table-options.js'

/** `create`: makes the table, or adds what it lacks. */
export function create(program: Command, outputOf: (command: Command) => Output): void {
  const command = program
    .command('create')
    .description('make the table, or add to the one that is there the columns it lacks')
  withFeatures(withTable(withDatabase(command))).action(
    async (flags: DatabaseOptions & TableFlags, self: Command) => {
      const output = outputOf(self)
      await withDatabaseOf(flags, output, async ({ knex, adapter }) => {
        const options = { ...tableOptionsOf(flags), dialect: adapter }
        const problems = await checkSessionTable(knex, options)
        const isThere = problems.every(({ about }) => about !== 'table')
        const added = isThere ? await addSessionColumns(knex, options) : []
        if (!isThere) await createSessionTable(knex, options)
        const name = `the table '${flags.table}'`
        output.answer({ created: !isThere, addedColumns: added }, [
          !isThere
            ? `${name} was made`
            : added.length === 0
              ? `${name} is there and has every column`
              : `${name} got the columns ${added.join(', ')}`,
        ])
      })
    },
  )
}
