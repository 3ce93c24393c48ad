import type { Command } from 'commander'
import { secretsIn } from '../connection.js'
import { withDatabase, withDatabaseOf, type DatabaseOptions } from '../database.js'
import { Journal } from '../import/journal.js'
import { sourceOf, type SourceFlags } from '../import/sources.js'
import { Target, type TargetFlags } from '../import/target.js'
import { CommandError, exitCodes, type Output } from '../output.js'
import { Progress } from '../progress.js'
import { columnsOf, wholeNumber, withTable } from '../table-options.js'

interface Flags extends DatabaseOptions, SourceFlags, TargetFlags {
  readonly resume?: string
}

/** `import`: copies the sessions of another store. */
export function importSessions(program: Command, outputOf: (command: Command) => Output): void {
  const command = program
    .command('import')
    .description(
      'copy sessions from Redis (connect-redis) or from another table, while the application runs',
    )
  withTable(withDatabase(command))
    .option('--from-redis <url>', 'from the keys of connect-redis; needs `redis` or `ioredis`')
    .option('--prefix <prefix>', 'of the keys', 'sess:')
    .option('--from-table <name>', 'from a table of the same database')
    .option('--from-schema <name>', 'the schema of that table')
    .option('--from-columns <names>', 'its columns, as for --columns', columnsOf)
    .option('--hash-ids', 'the store has the option `hashIds`')
    .option('--ttl <ms>', 'the life of sessions that have no end', wholeNumber(1), 86_400_000)
    .option('--dry-run', 'count what would be copied, and copy nothing')
    .option('--resume <file>', 'keep there how far it came, and go on from there')
    .action(async (flags: Flags, self: Command) => {
      const output = outputOf(self)
      for (const secret of secretsIn(flags.fromRedis)) output.hide(secret)
      checkSource(flags)
      const journal = Journal.open(flags.dryRun ? undefined : flags.resume, whatOf(flags))
      const isDone = await copy(flags, journal, output)
      const { copied, kept, ended, failed } = journal.counts
      const answer = { copied, kept, ended, failed, dryRun: flags.dryRun === true }
      output.answer(isDone ? answer : { ...answer, stopped: true }, [
        `${String(copied)} sessions ${flags.dryRun ? 'would be' : 'were'} copied, ${String(kept)} are there already, ${String(ended)} were ended meanwhile, ${String(failed)} could not be read`,
        ...(isDone
          ? []
          : [`stopped before the end${flags.resume ? ': the same command goes on' : ''}`]),
      ])
      if (failed > 0 || !isDone) process.exitCode = exitCodes.problems
    })
}

function checkSource({ fromRedis, fromTable, fromSchema, table, schema }: Flags): void {
  if ((fromRedis === undefined) === (fromTable === undefined))
    throw new CommandError('from where? Say --from-redis <url> or --from-table <name>')
  if (fromRedis !== undefined && !(/^rediss?:/i.test(fromRedis) && URL.canParse(fromRedis)))
    throw new CommandError('--from-redis is no URL, as redis://user:password@host:6379/0 is one')
  if (fromTable === table && fromSchema === schema)
    throw new CommandError('--from-table and --table are the same')
}

/** Which import a file of `--resume` is of. */
function whatOf(flags: Flags): string {
  const { fromRedis, prefix, fromTable, fromSchema, table, schema, hashIds } = flags
  const { host, pathname } = new URL(fromRedis ?? 'table:')
  return JSON.stringify([host, pathname, prefix, fromTable, fromSchema, table, schema, hashIds])
}

/** Resolves to whether it came to its end, and was not asked to stop. */
function copy(flags: Flags, journal: Journal, output: Output): Promise<boolean> {
  return withDatabaseOf(flags, output, async (database) => {
    const target = new Target(database, flags, journal)
    const progress = new Progress(output, 'sessions')
    const stopping = new AbortController()
    const stop = () => {
      stopping.abort()
      output.note('stopping after this step')
    }
    process.once('SIGINT', stop).once('SIGTERM', stop)
    try {
      const source = await sourceOf(flags, database, output)
      try {
        await target.begin()
        for await (const { found, cursor } of source.pages(journal.cursor)) {
          await target.write(found)
          if (cursor !== undefined) journal.moveTo(cursor)
          progress.show(target.done, source.total)
          if (stopping.signal.aborted) return false
        }
        journal.remove()
        return true
      } finally {
        await source.close()
      }
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop)
      progress.end()
      await target.close()
    }
  })
}
