import type { Knex } from 'knex'
import type { BatchOptions } from './options.js'
import { poolSize } from '../statement/pool.js'

/** How reads and writes are spread over statements. */
export interface Lanes {
  /** Whether overlapping calls share statements. */
  readonly joined: boolean
  /** Statements in flight at once, for reads and for writes each. */
  readonly lanes: number
  /** The most sessions of one statement. */
  readonly size: number
}

const mostSessions = 128

/**
 * The lanes for a pool: 40 % of its connections, between 1 and 4, for reads and for writes each, so that a fifth of a pool of ten is
 * always left to the application. More lanes than four bring smaller batches, not more throughput.
 */
export function lanesFor(knex: Knex, batch: boolean | BatchOptions): Lanes {
  // One connection, and nothing to send again where one of several sessions is refused.
  if (knex.isTransaction === true) return { joined: false, lanes: 1, size: 1 }
  if (batch === false) return { joined: false, lanes: poolSize(knex), size: 1 }
  const { lanes, size }: BatchOptions = batch === true ? {} : batch
  return {
    joined: true,
    lanes: lanes ?? Math.min(Math.max(Math.floor(poolSize(knex) * 0.4), 1), 4),
    size: size ?? mostSessions,
  }
}
