import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { driver } from './driver/driver.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { touch, update } from './locking-statements.js'
import { addColumns, createTable } from './schema.js'
import { insert, limits, read, upsert } from './statements.js'

/** The parts put together, before registration. */
export const adapter: DialectAdapter = defineDialect({
  name: 'oracle',
  clients: ['oracledb'],
  quoteIdentifier,
  exactSid,
  createTable,
  addColumns,
  upsert,
  json,
  timestamp,
  classify,
  limits,
  queries: { read, update, insert, touch },
  driver,
  server: { inspect },
})
