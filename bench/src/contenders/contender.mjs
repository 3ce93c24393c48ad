/**
 * A session store to measure, opened on a table of its own.
 * @typedef {object} OpenContender
 * @property {any} store express-session's store: get, set, touch
 * @property {() => Promise<unknown>} [prune] removes the expired sessions
 * @property {Columns} [columns] where its rows are, for loading many at once
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Columns
 * @property {string} table
 * @property {string} sid
 * @property {string} sess
 * @property {string} expired
 *
 * @typedef {object} Contender
 * @property {string} name as its readers know it
 * @property {'postgres' | 'mariadb' | 'sqlite' | 'redis' | 'memory'} database
 * @property {readonly string[]} packages whose versions matter to it
 * @property {(place: Place) => Promise<OpenContender>} open
 * @property {Partial<Place>} [at] where it is opened, when two of one name are compared
 *
 * @typedef {object} Place
 * @property {Readonly<Record<string, string>>} urls of the servers by name; of `sqlite`, a folder
 * @property {string} suffix separates tables, files and keys of several stores of one contender
 * @property {string} [modules] the URL of what knex-session is loaded from. Default: the packages
 * of the working tree
 * @property {number} [touchInterval] of knex-session, in ms. Default: its own
 */

/**
 * Where a contender is opened by itself. @param {Contender} contender @param {Place['urls']} urls
 * @returns {Place}
 */
export const placeOf = ({ at }, urls) => ({ urls, suffix: '', ...at })

/**
 * The most connections of each SQL contender. SQLite has one: its drivers run in the caller's
 * thread.
 */
export const poolSize = 10

/**
 * The names of the columns that connect-session-knex made and knex-session keeps. @param {string}
 * table @returns {Columns}
 */
export const knexColumns = (table) => ({ table, sid: 'sid', sess: 'sess', expired: 'expired' })
