import type { KnexSessionStore } from '@knex-session/core'
import type { Command } from 'commander'
import { withDatabase, withDatabaseOf, type Database, type DatabaseOptions } from '../database.js'
import { CommandError, exitCodes, type Output } from '../output.js'
import { Progress } from '../progress.js'
import { Target, type Counts, type Found } from '../import-target.js'
import { connect, step, type StoredInRedis } from '../redis.js'
import { Resume } from '../resume.js'
import { columnsOf, namesOf, wholeNumber, withTable, type TableFlags } from '../table-options.js'

interface Flags extends DatabaseOptions, TableFlags {
  readonly fromRedis?: string
  readonly prefix: string
  readonly fromTable?: string
  readonly fromSchema?: string
  readonly fromColumns?: TableFlags['columns']
  readonly hashIds?: true
  readonly dryRun?: true
  readonly resume?: string
  readonly ttl: number
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
      const { fromRedis, fromTable } = flags
      if ((fromRedis === undefined) === (fromTable === undefined))
        throw new CommandError('from where? Say --from-redis <url> or --from-table <name>')
      if (fromRedis !== undefined && URL.canParse(fromRedis))
        output.hide(new URL(fromRedis).password)
      const counts = await withDatabaseOf(flags, output, (database) =>
        copy(database, flags, output),
      )
      const { copied, kept, failed } = counts
      output.answer({ ...counts, dryRun: flags.dryRun === true }, [
        `${String(copied)} sessions ${flags.dryRun ? 'would be' : 'were'} copied, ${String(kept)} are there already, ${String(failed)} could not be read`,
      ])
      if (failed > 0) process.exitCode = exitCodes.problems
    })
}

async function copy(database: Database, flags: Flags, output: Output): Promise<Counts> {
  // Only here, since it loads express-session.
  const { KnexSessionStore: Store } = await import('@knex-session/core')
  const { knex, adapter } = database
  const ends = new WeakMap<object, number>()
  const common = { knex, dialect: adapter, createTable: false, cleanupInterval: 0 }
  const store = new Store({
    ...common,
    ...namesOf(flags),
    hashIds: flags.hashIds === true,
    // For sessions that end with the browser, whose cookies have no end.
    ttl: (session) => Math.max((ends.get(session) ?? Date.now()) - Date.now(), 0),
  })
  const target = new Target(store, ends, flags.dryRun === true)
  const progress = new Progress(output, 'sessions')
  try {
    await store.ready
    if (flags.fromRedis !== undefined) await fromRedis(flags.fromRedis, flags, target, progress)
    else {
      const source = new Store({
        ...common,
        tableName: flags.fromTable ?? '',
        ...(flags.fromSchema === undefined ? {} : { schemaName: flags.fromSchema }),
        ...(flags.fromColumns === undefined ? {} : { columns: flags.fromColumns }),
      })
      await source.ready
      await fromStore(source, target, progress)
      await source.close()
    }
  } finally {
    progress.end()
    await store.close()
  }
  return target.counts
}

async function fromRedis(
  url: string,
  { prefix, resume: file, ttl, dryRun }: Flags,
  target: Target,
  progress: Progress,
): Promise<void> {
  const redis = await connect(url)
  const resume = new Resume(dryRun ? undefined : file)
  try {
    const total = Number(await redis.send('DBSIZE'))
    let { cursor, copied } = resume.read()
    target.counts.copied = copied
    do {
      const found = await step(redis, prefix, cursor)
      await target.write(found.sessions.map((stored) => parsed(stored, ttl)))
      cursor = found.cursor
      copied = target.counts.copied
      resume.keep({ cursor, copied })
      progress.show(target.done, total)
    } while (cursor !== '0')
    resume.done()
  } finally {
    await redis.close()
  }
}

function parsed({ sid, text, ends }: StoredInRedis, ttl: number): Found | undefined {
  try {
    const session = JSON.parse(text) as Readonly<Record<string, unknown>> | null
    if (typeof session !== 'object' || session === null) return undefined
    if (ends !== undefined) return { sid, session, ends }
    // connect-redis with `disableTTL`: the key has no end, its session may.
    const { expires } = (session as { cookie?: { expires?: unknown } }).cookie ?? {}
    const until = typeof expires === 'string' ? Date.parse(expires) : NaN
    return Number.isNaN(until)
      ? { sid, session, ends: Date.now() + ttl, isGuess: true }
      : { sid, session, ends: until }
  } catch {
    return undefined
  }
}

/** The most sessions that are written at a time. */
const pageSize = 200

async function fromStore(
  source: KnexSessionStore,
  target: Target,
  progress: Progress,
): Promise<void> {
  const total = await source.length()
  let page: Found[] = []
  const flush = async () => {
    await target.write(page)
    page = []
    progress.show(target.done, total)
  }
  for await (const { sid, session, expires } of source.entries()) {
    page.push({ sid, session: { ...session }, ends: expires.getTime() })
    if (page.length === pageSize) await flush()
  }
  await flush()
}
