import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { driver } from './driver/driver.js'
import { classify } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
import { inspect } from './inspect.js'
import { commits, createTable, probe } from './schema.js'
import { statementOptions } from './statement-options.js'
import { destroy, destroyExpired, existing, limits, read, touch, unlocked, upsert } from './statements.js'

/** MySQL and MariaDB, put together from its parts; not registered. */
export const adapter: DialectAdapter = defineDialect({
  name: 'mysql',
  clients: ['mysql2', 'mysql', 'mariadb'],
  quoteIdentifier,
  createTable,
  inspect,
  probe,
  commits,
  upsert,
  json,
  timestamp,
  classify,
  limits,
  exactSid,
  read,
  touch,
  unlocked,
  destroy,
  existing,
  destroyExpired,
  driver,
  statementOptions,
})
