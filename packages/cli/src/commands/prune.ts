import { SessionStore } from '@knex-session/core/standalone'
import type { Command } from 'commander'
import { withDatabase, withDatabaseOf, type DatabaseOptions } from '../database.js'
import type { Output } from '../output.js'
import { Progress } from '../progress.js'
import { namesOf, withTable, wholeNumber, type TableFlags } from '../table-options.js'
import { Sessions } from '../sessions.js'

interface Flags extends DatabaseOptions, TableFlags {
  readonly timeout: number
}

/** `prune`: deletes what has expired. */
export function prune(program: Command, outputOf: (command: Command) => Output): void {
  const command = program
    .command('prune')
    .description('delete the sessions that have expired, in small steps')
  withTable(withDatabase(command))
    .option(
      '--timeout <ms>',
      'the most one statement may take; 0: no limit',
      wholeNumber(0),
      10_000,
    )
    .action(async (flags: Flags, self: Command) => {
      const output = outputOf(self)
      const { timeout } = flags
      const removed = await withDatabaseOf(flags, output, async ({ knex, adapter }) => {
        const store = new SessionStore({
          ...namesOf(flags),
          knex,
          dialect: adapter,
          timeout,
          createTable: false,
          cleanupInterval: 0,
        })
        const progress = new Progress(output, 'expired sessions deleted')
        let timer: NodeJS.Timeout | undefined
        try {
          await store.ready
          const sessions = await Sessions.of(knex, adapter, flags)
          const total = await sessions.expired()
          timer = setInterval(() => {
            void sessions.expired().then(
              (left) => progress.show(total - left, total),
              () => undefined,
            )
          }, 1_000)
          return await store.prune()
        } finally {
          clearInterval(timer)
          progress.end()
          await store.close()
        }
      })
      output.answer({ removed }, [
        `${String(removed)} expired ${removed === 1 ? 'session was' : 'sessions were'} deleted`,
      ])
    })
}
