import type { Knex } from 'knex'

/**
 * The part of knex's pools, and of those that other drivers have, that has their size and whether
 * somebody waits for a connection.
 */
interface Pool {
  /** knex's own, by tarn. */
  readonly max?: unknown
  readonly numPendingAcquires?: () => number
  readonly release?: (connection: unknown) => unknown
  /** node-postgres. */
  readonly options?: { readonly max?: unknown }
  readonly waitingCount?: unknown
  /** mysql and mysql2, whose pool of promises has the one that it is made of. */
  readonly config?: { readonly connectionLimit?: unknown }
  readonly pool?: Pool
  /** node-oracledb. */
  readonly poolMax?: unknown
}

interface Client {
  readonly pool?: Pool
  readonly config?: { readonly pool?: Pool; readonly connectionPool?: Pool }
  readonly connectionSettings?: unknown
}

/** knex's own default for `pool.max`. */
const defaultSize = 10

/**
 * The pool of the application's that a knex instance works on (knex's option `connectionPool`), of
 * whatever kind; `undefined` for its own.
 */
export function poolOfApplication({ config }: Knex.Client): Pool | undefined {
  return (config as Client['config'])?.connectionPool
}

/** The most connections of a knex instance. */
export function poolSize(knex: Knex): number {
  const client = knex.client as Client
  const given = client.config?.connectionPool
  const sizes = [
    client.pool?.max,
    given?.max,
    given?.options?.max,
    given?.config?.connectionLimit,
    given?.pool?.config?.connectionLimit,
    given?.poolMax,
    client.config?.pool?.max,
  ]
  return sizes.find((size): size is number => typeof size === 'number' && size > 0) ?? defaultSize
}

/** Whether somebody waits for a connection, or may wait, where the pool does not tell. */
export function somebodyMayWait(client: Knex.Client): boolean {
  const { pool } = client as unknown as Client
  if (typeof pool?.numPendingAcquires === 'function') return pool.numPendingAcquires() > 0
  const given = poolOfApplication(client)
  return given !== undefined && given.waitingCount !== 0
}

/** What the driver makes connections with. */
export function connectionSettings(client: Knex.Client): Readonly<Record<string, unknown>> {
  const settings =
    poolOfApplication(client)?.options ?? (client as unknown as Client).connectionSettings
  return (settings ?? {}) as Readonly<Record<string, unknown>>
}

/** Gives a connection back to where it came from. Never throws, nor rejects. */
export function giveBack(
  client: Knex.Client,
  connection: unknown,
  pool: unknown = client.pool,
): void {
  try {
    // knex lets go of a pool of the application's when it is destroyed, and can give nothing back
    // to it then.
    if (client.pool) void Promise.resolve(client.releaseConnection(connection)).catch(ignore)
    else (pool as Pool | undefined)?.release?.(connection)
  } catch {
    // The pool is gone, and its connections with it.
  }
}

function ignore(): void {
  // Likewise.
}

/** The file of a database that is one. */
export function fileOf(knex: Knex): string | undefined {
  const { connectionSettings } = knex.client as { connectionSettings?: { filename?: unknown } }
  const filename = connectionSettings?.filename
  // A URL may hold a password.
  return typeof filename === 'string' && !filename.includes('://') ? filename : undefined
}

/** The events by which an application watches the queries of a knex instance. */
const watched = ['start', 'query', 'query-response', 'query-error'] as const

/** Whether the application watches the queries. */
export function isWatched(knex: Knex): boolean {
  return watched.some((event) => knex.listenerCount(event) > 0)
}
