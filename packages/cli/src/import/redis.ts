import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CommandError, exitCodes } from '../output.js'

/** A connection to Redis that sends commands as they are. */
export interface Redis {
  send(...command: readonly string[]): Promise<unknown>
  close(): Promise<void>
}

/** A session as connect-redis keeps it: JSON under its prefix and the session id. */
export interface StoredInRedis {
  readonly sid: string
  readonly text: string
  /** When it ends, in ms since 1970; `undefined` where it has no end. */
  readonly ends: number | undefined
}

/** What one step of a walk through the keys found. */
export interface Step {
  /** Where the next step goes on; `0` after the last. */
  readonly cursor: string
  readonly sessions: readonly StoredInRedis[]
}

interface NodeRedis {
  on(event: 'error', listener: () => void): void
  connect(): Promise<void>
  sendCommand(command: readonly string[]): Promise<unknown>
  close?(): Promise<void>
  disconnect(): Promise<void>
}

interface IoRedis {
  on(event: 'error', listener: () => void): void
  connect(): Promise<void>
  call(...command: readonly string[]): Promise<unknown>
  disconnect(): void
}

/** Connects by the `redis` or `ioredis` that the application has. */
export async function connect(url: string): Promise<Redis> {
  const client = (await byRedis(url)) ?? (await byIoredis(url))
  if (!client) throw new CommandError('install `redis` or `ioredis` to read from Redis')
  return client
}

async function byRedis(url: string): Promise<Redis | undefined> {
  const module = await load<{ createClient(options: object): NodeRedis }>('redis')
  if (!module) return undefined
  const client = module.createClient({ url, socket: { reconnectStrategy: false } })
  await connected(client)
  return {
    send: (...command) => client.sendCommand(command),
    close: () => (client.close ?? client.disconnect).call(client),
  }
}

async function byIoredis(url: string): Promise<Redis | undefined> {
  const module = await load<{ default: new (url: string, options: object) => IoRedis }>('ioredis')
  if (!module) return undefined
  const client = new module.default(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 1,
  })
  await connected(client)
  return {
    send: (...command) => client.call(...command),
    close: () => {
      client.disconnect()
      return Promise.resolve()
    },
  }
}

async function connected(client: Pick<NodeRedis, 'on' | 'connect'>): Promise<void> {
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw new CommandError(
      `connecting to Redis failed: ${(error as Error).message}`,
      exitCodes.database,
    )
  }
}

/** A module of the application's, or of this package. */
async function load<Module>(name: string): Promise<Module | undefined> {
  let path: string
  try {
    path = pathToFileURL(createRequire(join(process.cwd(), 'index.js')).resolve(name)).href
  } catch {
    path = name
  }
  try {
    return (await import(path)) as Module
  } catch {
    return undefined
  }
}

/** The most keys that one step looks at. */
const stepSize = '500'

/**
 * One step of a walk through all keys, which a server goes on with from any cursor it gave, for
 * whichever connection (https://redis.io/docs/latest/commands/scan/).
 */
export async function step(redis: Redis, prefix: string, cursor: string): Promise<Step> {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}*`
  const [next, keys] = (await redis.send(
    'SCAN',
    cursor,
    'MATCH',
    pattern,
    'COUNT',
    stepSize,
  )) as readonly [unknown, readonly unknown[]]
  const found = await Promise.all(keys.map((key) => read(redis, String(key), prefix)))
  return {
    cursor: String(next),
    sessions: found.filter((session) => session !== undefined),
  }
}

async function read(redis: Redis, key: string, prefix: string): Promise<StoredInRedis | undefined> {
  const [text, left] = await Promise.all([
    redis.send('GET', key).catch(nothingOfAnotherType),
    redis.send('PTTL', key),
  ])
  if (typeof text !== 'string') return undefined
  const ms = Number(left)
  // -1: it has no end. -2: it has just ended.
  if (ms === -2) return undefined
  return { sid: key.slice(prefix.length), text, ends: ms < 0 ? undefined : Date.now() + ms }
}

/** A key of another type is no session. */
function nothingOfAnotherType(error: unknown): null {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null
  throw error
}

/** How many keys there are, of whatever kind; `undefined` where the user may not ask. */
export async function countKeys(redis: Redis): Promise<number | undefined> {
  return redis.send('DBSIZE').then(Number, () => undefined)
}

/** Whether this is one server of several that share the keys; not known if one may not ask. */
export async function isInCluster(redis: Redis): Promise<boolean> {
  const found = await redis.send('INFO', 'cluster').catch(() => '')
  return String(found).includes('cluster_enabled:1')
}
