import { contenders, idOf } from '../contenders/index.mjs'
import { databases } from '../report/tables.mjs'

/**
 * What is compared: a contender of the bench on one of the servers.
 * @typedef {object} ComparedStore
 * @property {string} id that no other has
 * @property {string} title
 * @property {import('../contenders/contender.mjs').Contender} contender
 * @property {string} server as `startServers` calls it
 */

const servers = ['postgres', 'mariadb', 'redis']
const names = [
  'knex-session',
  'connect-pg-simple',
  'express-mysql-session',
  'connect-session-knex',
  'connect-redis',
]

/** In the order of the page. @type {readonly ComparedStore[]} */
export const stores = contenders
  .filter(({ name, database }) => names.includes(name) && servers.includes(database))
  .flatMap((contender) => {
    const { name, database } = contender
    const store = {
      id: idOf(contender),
      title: `${name} (${databases[database]})`,
      contender,
      server: database,
    }
    if (database !== 'redis') return [store]
    // Redis as it is set up where sessions must survive a crash, too.
    const safe = {
      id: `redis-appendonly/${name}`,
      title: `${name} (Redis, \`appendonly yes\`)`,
      contender,
      server: 'redis-appendonly',
    }
    return [store, safe]
  })
