import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, times, timestamp } from './codecs.js'
import { driver } from './driver/driver.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { skipLocked, touch, update } from './locking-statements.js'
import { destroy, prune } from './removal-statements.js'
import { writeRights } from './rights.js'
import { addColumns, createTable, tableExists } from './schema.js'
import { insert, limits, read, upsert } from './statements.js'

/** PostgreSQL, put together from its parts; not registered. */
export const adapter: DialectAdapter = defineDialect({
  name: 'postgres',
  clients: ['pg', 'postgres', 'postgresql', 'pgnative'],
  quoteIdentifier,
  createTable,
  addColumns,
  upsert,
  json,
  timestamp,
  times,
  classify,
  limits,
  exactSid,
  queries: { read, update, insert, touch, destroy, prune, skipLocked },
  driver,
  server: { inspect, rights: writeRights, tableExists },
})
