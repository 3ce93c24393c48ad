import { Command, CommanderError } from 'commander'
import { check } from './commands/check.js'
import { create } from './commands/create.js'
import { ddl } from './commands/ddl.js'
import { importSessions } from './commands/import.js'
import { migration } from './commands/migration.js'
import { prune } from './commands/prune.js'
import { stats } from './commands/stats.js'
import { CommandError, exitCodes, Output, type ExitCode } from './output.js'

const commands = [ddl, create, check, prune, stats, importSessions, migration]

// By lines: a text that goes over several would keep the build from indenting by tabs.
const after = [
  '',
  'Exit codes: 0 done; 1 check found something to mend, or a part was not done;',
  '            2 written wrongly; 3 the database did not answer or refused.',
  '',
  'Examples:',
  '  knex-session ddl pg --user-id               the statements, without a database',
  '  knex-session check                          on the database of the knexfile here',
  '  knex-session check --env production --json',
  '  DATABASE_URL=postgres://… knex-session prune',
  '  knex-session import --from-redis redis://127.0.0.1:6379 --dry-run',
  '  knex-session migration --user-id            writes migrations/…_sessions.ts',
  '',
].join('\n')

/** Runs a command; resolves to its exit code. Prints what there is to say, and never throws. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  const output = new Output(argv.includes('--json'))
  const program = new Command('knex-session')
    .description('Makes, checks and prunes the table in which knex-session keeps sessions.')
    .option('--json', 'answer with one JSON object, for scripts')
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText('after', after)
  const outputOf = () => output
  for (const command of commands) command(program, outputOf)
  for (const command of program.commands)
    command
      .option('--json', 'answer with one JSON object, for scripts')
      .configureOutput({ outputError: () => undefined })
      .exitOverride()
  try {
    await program.parseAsync(argv)
    return (process.exitCode as ExitCode | undefined) ?? exitCodes.done
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0 || error.code === 'commander.help') return codeOfHelp(error)
      output.failure(error.message)
      return exitCodes.usage
    }
    output.failure(messageOf(error))
    return error instanceof CommandError ? error.exitCode : codeOf(error)
  }
}

function codeOfHelp({ exitCode }: CommanderError): ExitCode {
  return exitCode === 0 ? exitCodes.done : exitCodes.usage
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something was thrown that is no error'
}

/** What a wrong option is called by core has the code `ERR_INVALID_OPTION`. */
function codeOf(error: unknown): ExitCode {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return code === 'ERR_INVALID_OPTION' ? exitCodes.usage : exitCodes.database
}
