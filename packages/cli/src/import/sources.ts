import { SessionStore } from '@knex-session/core/standalone'
import type { ColumnNames } from '@knex-session/core/dialect'
import type { Database } from '../database.js'
import { CommandError, exitCodes, type Output } from '../output.js'
import { isUnreadable, sessionIn, tolerant, type Found } from './found.js'
import { connect, countKeys, isInCluster, step, type Redis, type StoredInRedis } from './redis.js'

/** Where sessions are copied from. */
export interface SourceFlags {
  readonly fromRedis?: string
  readonly prefix: string
  readonly fromTable?: string
  readonly fromSchema?: string
  readonly fromColumns?: ColumnNames
  readonly ttl: number
}

/** Some of its sessions. */
export interface Page {
  readonly found: readonly Found[]
  /** Where the next step begins, if the source can go on from there. */
  readonly cursor?: string
}

/** The sessions of another store, page by page. */
export interface Source {
  /** About how many there are, if that is known. */
  readonly total: number | undefined
  pages(cursor: string): AsyncGenerator<Page, void, void>
  close(): Promise<void>
}

/** Opens what the flags name. */
export async function sourceOf(
  flags: SourceFlags,
  database: Database,
  output: Output,
): Promise<Source> {
  return flags.fromRedis === undefined
    ? tableSource(flags, database)
    : redisSource(flags.fromRedis, flags, output)
}

async function redisSource(url: string, flags: SourceFlags, output: Output): Promise<Source> {
  const redis = await connect(url)
  if (await isInCluster(redis)) output.note('a Redis Cluster: import from each primary')
  return {
    total: await countKeys(redis),
    pages: (cursor) => redisPages(redis, flags, cursor),
    close: () => redis.close(),
  }
}

async function* redisPages(
  redis: Redis,
  { prefix, ttl }: SourceFlags,
  from: string,
): AsyncGenerator<Page, void, void> {
  let cursor = from
  do {
    const found = await asked(() => step(redis, prefix, cursor))
    ;({ cursor } = found)
    yield { found: found.sessions.map((stored) => parsed(stored, ttl)), cursor }
  } while (cursor !== '0')
}

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    throw new CommandError(`reading Redis failed: ${(error as Error).message}`, exitCodes.database)
  }
}

function parsed({ sid, text, ends }: StoredInRedis, ttl: number): Found {
  const session = sessionIn(text)
  if (isUnreadable(session)) return { sid, session: undefined, ends: 0 }
  if (ends !== undefined) return { sid, session, ends }
  // connect-redis with `disableTTL`: the key has no end, its session may.
  const { expires } = (session as { cookie?: { expires?: unknown } | null }).cookie ?? {}
  const until = typeof expires === 'string' ? Date.parse(expires) : NaN
  return Number.isNaN(until)
    ? { sid, session, ends: Date.now() + ttl, isGuess: true }
    : { sid, session, ends: until }
}

/** The most sessions of a page of a table. */
const pageSize = 200

async function tableSource(
  { fromTable = '', fromSchema, fromColumns }: SourceFlags,
  { knex, adapter }: Database,
): Promise<Source> {
  const store = new SessionStore<object>({
    knex,
    dialect: adapter,
    createTable: false,
    cleanupInterval: 0,
    serializer: tolerant,
    tableName: fromTable,
    ...(fromSchema === undefined ? {} : { schemaName: fromSchema }),
    ...(fromColumns === undefined ? {} : { columns: fromColumns }),
  })
  try {
    await store.ready
    return {
      total: await store.length(),
      pages: () => tablePages(store),
      close: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** In the order of the ids. It begins with the first each time, since a place in it is an id. */
async function* tablePages(store: SessionStore<object>): AsyncGenerator<Page, void, void> {
  let found: Found[] = []
  for await (const { sid, session, expires } of store.entries()) {
    const data = isUnreadable(session) ? undefined : { ...session }
    found.push({ sid, session: data, ends: expires.getTime() })
    if (found.length < pageSize) continue
    yield { found }
    found = []
  }
  yield { found }
}
