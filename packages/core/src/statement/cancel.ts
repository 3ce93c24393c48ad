import type { Knex } from 'knex'
import type { DriverAccess } from '../dialect/index.js'
import { withTimeout } from '../time.js'
import { connectionSettings, giveBack, poolOfApplication } from './pool.js'

/** A connection that is not to be used again. */
export interface UselessConnection {
  readonly connection: unknown
  readonly knex: Knex
  readonly driver: DriverAccess | undefined
  /** What knex logs of it. */
  readonly reason: unknown
}

/** A statement whose time is up. */
export interface LateStatement extends UselessConnection {
  readonly running: Promise<unknown>
  readonly reason: Error
}

/** How long a cancelled statement may take to end, in ms, before its connection is ended. */
const longestCancel = 2_000

/** A knex client that can cancel a statement, by another connection. */
interface Canceller {
  cancelQuery(connection: unknown): Promise<unknown>
}

/** A connection as knex marks it for its pool to drop. */
interface Disposable {
  __knex__disposed?: unknown
}

/**
 * Ends a statement on the server, so that it cannot undo there what is written after it was given
 * up here. Where the server does not say so in time, its connection is ended. Resolves when nothing
 * more can be done; never rejects.
 */
export async function cancelOrDestroy(late: LateStatement): Promise<void> {
  const ended = late.running.then(ignore, ignore)
  try {
    // Both: a cancel that is still under way might meet the next statement of the connection.
    await withTimeout(longestCancel, Promise.all([cancel(late), ended]), () => late.reason)
  } catch {
    drop(late)
  }
}

/**
 * Has the server cancel a statement that may wait for a lock. Settles as the statement does, which
 * may have been done by then, but where it ended for the cancel (`byCancel`), rejects with the
 * reason. Where the server did not say that it was told, the statement goes on, and its connection
 * is dropped after it, lest a cancel that is still under way meets the next one.
 */
export async function cancelBlocked(
  late: LateStatement,
  byCancel: (error: unknown) => boolean,
): Promise<unknown> {
  let hasArrived = true
  try {
    await cancel(late)
  } catch {
    hasArrived = false
  }
  try {
    return await late.running
  } catch (error) {
    throw byCancel(error) ? late.reason : error
  } finally {
    if (!hasArrived) drop(late)
  }
}

/** Whether a connection is not to be used again. */
export function isDropped(connection: unknown): boolean {
  return (connection as Disposable).__knex__disposed !== undefined
}

/**
 * Has a driver roll back what a failed statement left on a connection. One that does not say in
 * time that it has is dropped: its transaction must not meet the next statement. Never rejects.
 */
export async function rollBack(
  driver: DriverAccess,
  connection: unknown,
  thrown: unknown,
): Promise<void> {
  if (isDropped(connection) || !driver.accepts(connection)) return
  try {
    await withTimeout(
      longestCancel,
      Promise.resolve(driver.rollback?.(connection, thrown)),
      () => new Error('no answer to a rollback in time'),
    )
  } catch (error) {
    ;(connection as Disposable).__knex__disposed ??= error
  }
}

type Use = (connection: unknown) => Promise<void>

async function cancel({ connection, knex, driver }: LateStatement): Promise<void> {
  const client = knex.client as Knex.Client
  const signal = AbortSignal.timeout(longestCancel)
  const means = {
    signal,
    settings: connectionSettings(client),
    controlConnection: (use: Use) => lend(client, use, signal),
  }
  const cancelling = driver?.accepts(connection)
    ? driver.cancelQuery?.(connection, means)
    : undefined
  if (cancelling) await cancelling
  else if (client.canCancelQuery && !poolOfApplication(client))
    await (client as unknown as Canceller).cancelQuery(connection)
  else throw new Error('nothing cancels a statement of this driver')
}

async function lend(client: Knex.Client, use: Use, signal: AbortSignal): Promise<void> {
  const other: unknown = await client.acquireConnection()
  try {
    signal.throwIfAborted()
    await use(other)
  } finally {
    giveBack(client, other)
  }
}

/** Ends a connection, and has the pool forget it. */
export function drop({ connection, knex, driver, reason }: UselessConnection): void {
  // The connection of a transaction is the application's.
  if (knex.isTransaction === true) return
  ;(connection as Disposable).__knex__disposed = reason
  if (driver?.accepts(connection)) driver.destroy(connection)
}

function ignore(): void {
  // How a statement ends whose time is up concerns nobody.
}
