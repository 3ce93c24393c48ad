import type { BatchOptions } from './options.js'

/** How reads and writes are spread over statements. */
export interface Lanes {
  /** Whether overlapping calls share statements. */
  readonly joined: boolean
  /** Statements in flight at once, for reads and for writes each. */
  readonly lanes: number
  /** The most sessions of one statement. */
  readonly size: number
}

/** What the statements of a store run on. */
interface Connections {
  /** The most of them. */
  readonly poolSize: number
  /** Whether it is the one of a transaction of the application's. */
  readonly inTransaction: boolean
}

const mostSessions = 128

/**
 * The lanes for a pool: 40 % of its connections, between 1 and 4, for reads and for writes each, so
 * that a fifth of a pool of ten is always left to the application. More lanes than four bring
 * smaller batches, not more throughput.
 */
export function lanesFor(
  { poolSize, inTransaction }: Connections,
  batch: boolean | BatchOptions,
): Lanes {
  // One connection, and nothing to send again where one of several sessions is refused.
  if (inTransaction) return { joined: false, lanes: 1, size: 1 }
  if (batch === false) return { joined: false, lanes: poolSize, size: 1 }
  const { lanes, size }: BatchOptions = batch === true ? {} : batch
  return {
    joined: true,
    lanes: lanes ?? Math.min(Math.max(Math.floor(poolSize * 0.4), 1), 4),
    size: size ?? mostSessions,
  }
}
