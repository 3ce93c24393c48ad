import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { driver } from './driver/driver.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { createTable, tableExists } from './schema.js'
import { destroy, limits, prune, read, touch, unlocked, upsert } from './statements.js'

/** PostgreSQL, put together from its parts; not registered. */
export const adapter: DialectAdapter = defineDialect({
  name: 'postgres',
  clients: ['pg', 'postgres', 'postgresql', 'pgnative', 'cockroachdb'],
  quoteIdentifier,
  createTable,
  tableExists,
  upsert,
  json,
  timestamp,
  classify,
  inspect,
  limits,
  exactSid,
  read,
  touch,
  prune,
  unlocked,
  destroy,
  driver,
})
