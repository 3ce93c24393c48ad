import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { postgres } from '@knex-session/dialect-postgres'
import { json, times, timestamp } from './codecs.js'
import { classify } from './errors.js'
import { inspect } from './inspect.js'
import { destroy, touch, update } from './locking-statements.js'
import { addColumns, createTable } from './schema.js'
import { insert, read, upsert } from './statements.js'
import { exactSid } from './texts.js'

/**
 * CockroachDB, made of PostgreSQL's adapter; not registered. It prunes as every database can: rows
 * have no place that could be named (`ctid`). It claims nothing about rows that others have locked:
 * writes wait for them, until the store cancels the statement at its deadline, by the protocol's
 * CancelRequest (docs 26.2, "CANCEL QUERY").
 */
export const adapter: DialectAdapter = defineDialect({
  ...postgres,
  name: 'cockroachdb',
  clients: ['cockroachdb'],
  createTable,
  addColumns,
  upsert,
  json,
  timestamp,
  times,
  classify,
  exactSid,
  queries: { read, update, insert, touch, destroy },
  server: { inspect, tableExists: postgres.server?.tableExists },
})
