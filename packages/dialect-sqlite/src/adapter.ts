import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { defaultKnexConfig } from './default-knex-config.js'
import { driver } from './driver/driver.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { createTable } from './schema.js'
import { destroy, limits, prune, read, touch, upsert } from './statements.js'

/** SQLite, put together from its parts; not registered. */
export const adapter: DialectAdapter = defineDialect({
  name: 'sqlite',
  clients: ['better-sqlite3', 'sqlite3', 'sqlite'],
  quoteIdentifier,
  createTable,
  inspect,
  upsert,
  json,
  timestamp,
  classify,
  limits,
  exactSid,
  read,
  touch,
  prune,
  destroy,
  driver,
  defaultKnexConfig,
})
