import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, times, timestamp } from './codecs.js'
import { driver } from './driver/driver.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { writeRights } from './rights.js'
import { destroy, prune, touch, update } from './locking-statements.js'
import { addColumns, commits, createTable } from './schema.js'
import { insert, limits, read, upsert } from './statements.js'

/** The parts put together, before registration. */
export const adapter: DialectAdapter = defineDialect({
  name: 'mssql',
  clients: ['mssql'],
  quoteIdentifier,
  exactSid,
  createTable,
  addColumns,
  upsert,
  json,
  timestamp,
  times,
  classify,
  limits,
  queries: { read, update, insert, touch, destroy, prune },
  driver,
  server: { inspect, rights: writeRights, commits },
})
