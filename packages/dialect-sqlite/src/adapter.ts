import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, milliseconds, offsetText, seconds, timestamp } from './codecs.js'
import { driver } from './driver/driver.js'
import { embedded } from './embedded.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { destroy, prune, touch, update } from './locking-statements.js'
import { addColumns, createTable } from './schema.js'
import { insert, limits, read, upsert } from './statements.js'

/** SQLite, put together from its parts; not registered. */
export const adapter: DialectAdapter = defineDialect({
  name: 'sqlite',
  clients: ['better-sqlite3', 'sqlite3', 'sqlite'],
  quoteIdentifier,
  createTable,
  addColumns,
  upsert,
  json,
  timestamp,
  times: { 'offset-text': offsetText, 'unix-seconds': seconds, 'unix-ms': milliseconds },
  classify,
  limits,
  exactSid,
  queries: { read, update, insert, touch, destroy, prune },
  driver,
  server: { inspect, embedded },
})
