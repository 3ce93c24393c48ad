import type { Command } from 'commander'
import { CatalogOf } from '../catalog/catalog-of.js'
import { withDatabase, withDatabaseOf, type DatabaseOptions } from '../database.js'
import { CommandError, exitCodes, type Output } from '../output.js'
import { Sessions, type Histogram } from '../sessions.js'
import { tableOf, tableOptionsOf, withTable, type TableFlags } from '../table-options.js'
import { checkSessionTable } from '@knex-session/core/migration'

/** `stats`: what is in the table. */
export function stats(program: Command, outputOf: (command: Command) => Output): void {
  const command = program
    .command('stats')
    .description('count the sessions: live, expired, how old, how much room, how many of a user')
  withTable(withDatabase(command)).action(
    async (given: DatabaseOptions & TableFlags, self: Command) => {
      const output = outputOf(self)
      const answer = await withDatabaseOf(given, output, async ({ knex, adapter }) => {
        const dialect = adapter
        const has = async (feature: Partial<TableFlags>) => {
          const options = { ...tableOptionsOf({ ...given, ...feature }), dialect }
          const problems = await checkSessionTable(knex, options)
          const [missing] = problems.filter(({ about }) => about === 'table')
          if (missing) throw new CommandError(missing.message, exitCodes.database)
          return problems.every(({ about }) => about !== 'columns')
        }
        const flags: TableFlags = {
          ...given,
          ...((await has({ userId: true })) ? { userId: true } : {}),
          ...((await has({ absoluteTtl: true })) ? { absoluteTtl: true } : {}),
        }
        const sessions = await Sessions.of(knex, adapter, flags)
        const oldest = await sessions.oldest()
        return {
          live: await sessions.live(),
          expired: await sessions.expired(),
          bytes: await new CatalogOf(knex, adapter, tableOf(flags, adapter)).size(),
          oldest: oldest === undefined ? undefined : new Date(oldest).toISOString(),
          ages: await sessions.ages(),
          timeLeft: await sessions.timeLeft(),
          ofUsers: await sessions.ofUsers(),
        }
      })
      const { live, expired, bytes, oldest, ages, timeLeft, ofUsers } = answer
      output.answer(answer, [
        `live      ${String(live)}`,
        `expired   ${String(expired)}`,
        ...(bytes === undefined ? [] : [`size      ${sizeOf(bytes)}`]),
        ...(oldest === undefined ? [] : [`oldest    ${oldest}`]),
        ...(ages ? ['', 'age', ...drawn(ages)] : []),
        '',
        'time left',
        ...drawn(timeLeft),
        ...(ofUsers
          ? [
              '',
              `users     ${String(ofUsers.users)}, with ${String(ofUsers.sessions)} live sessions, ${String(ofUsers.most)} at most`,
            ]
          : []),
      ])
    },
  )
}

const width = 30

function drawn(histogram: Histogram): readonly string[] {
  const most = Math.max(...histogram.map(({ sessions }) => sessions), 1)
  const digits = String(most).length
  return histogram.map(({ span, sessions }) =>
    `  ${span.padEnd(18)} ${String(sessions).padStart(digits)} ${'#'.repeat(Math.ceil((sessions / most) * width))}`.trimEnd(),
  )
}

function sizeOf(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  const value = bytes / 1_000 ** step
  return `${step === 0 ? String(value) : value.toFixed(1)} ${units[step] ?? ''}`
}
