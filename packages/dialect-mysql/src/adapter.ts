import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, times, timestamp } from './codecs.js'
import { driver } from './driver/driver.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { writeRights } from './rights.js'
import { addColumns, commits, createTable, probe } from './schema.js'
import { destroy, destroyExpired, skipLocked, touch, update } from './locking-statements.js'
import { exists, insert, limits, read, upsert } from './statements.js'

/** MySQL and MariaDB, put together from its parts; not registered. */
export const adapter: DialectAdapter = defineDialect({
  name: 'mysql',
  clients: ['mysql2', 'mysql', 'mariadb'],
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
  queries: { read, update, insert, touch, destroy, exists, destroyExpired, skipLocked },
  driver,
  server: { probe, inspect, rights: writeRights, commits },
})
