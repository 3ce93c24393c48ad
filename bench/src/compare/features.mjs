/**
 * What a package has by its own source and README.
 * @typedef {object} Feature
 * @property {string} text
 * @property {string} [file] of the package, or of this repository for knex-session
 * @property {string} [has] what the file says
 * @property {RegExp} [lacks] what no file of the package has
 */

export const compared = [
  'knex-session',
  'connect-pg-simple',
  'connect-session-knex',
  'express-mysql-session',
  'connect-redis',
]

/** @param {string} text @param {string} file @param {string} has @returns {Feature} */
const by = (text, file, has) => ({ text, file, has })
/** @param {RegExp} lacks @returns {Feature} */
const no = (lacks) => ({ text: 'no', lacks })

const pg = 'index.js'
const knex = 'src/index.ts'
const mysql = 'index.js'
const redis = 'index.ts'

/**
 * A row for each feature, a cell for each of `compared`: a test looks every one up.
 * @type {readonly { title: string, cells: readonly Feature[] }[]}
 */
export const features = [
  {
    title: 'Databases',
    cells: [
      by(
        'PostgreSQL, MySQL, MariaDB, SQLite; SQL Server and Oracle untried',
        'README.md',
        'SQL Server 2016 or newer',
      ),
      by('PostgreSQL', 'README.md', 'PostgreSQL session store'),
      by(
        'PostgreSQL, MySQL, MariaDB, SQLite, SQL Server, Oracle',
        'Readme.md',
        'PostgreSQL, MySQL, MariaDB, MSSQL, Oracle or SQLite3',
      ),
      by('MySQL, MariaDB', 'readme.md', 'This module will work with MariaDB'),
      by('Redis', 'readme.md', 'Redis session storage'),
    ],
  },
  {
    title: 'List and end the sessions of a user',
    cells: [
      by('yes', 'docs/methods.md', '`sessionsOf(userId)`'),
      ...Array(4).fill(no(/sessionsOf|ofUser|byUser|revoke/i)),
    ],
  },
  {
    title: 'Absolute lifetime',
    cells: [
      by('yes', 'docs/options.md', '## `absoluteTtl`'),
      ...Array(4).fill(no(/\babsolute\b|absoluteT/i)),
    ],
  },
  {
    title: 'Hashed session ids',
    cells: [
      by('yes', 'docs/security.md', '## Hashed session ids'),
      ...Array(4).fill(no(/hash|sha-?256|digest/i)),
    ],
  },
  {
    title: 'Encryption of contents',
    cells: [
      by('yes', 'docs/security.md', '## Encryption'),
      no(/encrypt|cipher|serializer/i),
      no(/encrypt|cipher|serializer/i),
      no(/encrypt|cipher|serializer/i),
      by('by a serializer of yours', 'readme.md', '##### serializer'),
    ],
  },
  {
    title: 'Merging of parallel changes',
    cells: [
      by('by an option', 'docs/options.md', '## `onConflict`'),
      ...Array(4).fill(no(/onConflict|optimistic|stale/i)),
    ],
  },
  {
    title: 'Touches that can be left out',
    cells: [
      by('those that extend a life little', 'docs/options.md', '## `touchInterval`'),
      by('all or none', pg, 'disableTouch'),
      no(/disableTouch|touchInterval|touchAfter/i),
      by('all or none', mysql, 'disableTouch'),
      by('all or none', redis, 'disableTouch'),
    ],
  },
  {
    title: 'Time limit of a call',
    cells: [
      by('10 s by default', 'README.md', '| `timeout`    | `10000`'),
      ...Array(4).fill(no(/\btimeout\b/)),
    ],
  },
  {
    title: 'Expired sessions',
    cells: [
      by('deleted by a timer, in small steps', 'docs/options.md', '## `cleanupInterval`'),
      by('deleted by a timer', pg, "DELETE FROM ' + this.quotedTable() + ' WHERE expire <"),
      by('deleted by a timer', knex, 'expired < CAST(? as'),
      by('deleted by a timer', mysql, 'DELETE FROM ?? WHERE ?? < ?'),
      by('deleted by Redis itself', redis, 'type: "EX"'),
    ],
  },
  {
    title: 'Its table',
    cells: [
      by(
        'made at the start, or in a migration',
        'docs/migrations.md',
        '# The table in a migration',
      ),
      by('made by you, or by an option', pg, 'createTableIfMissing'),
      by('made at the start', knex, 'createTable: true'),
      by('made at the start', mysql, 'createDatabaseTable: true'),
      { text: 'none needed', lacks: /create table/i },
    ],
  },
  {
    title: 'Promises beside callbacks',
    cells: [
      by('yes', 'docs/methods.md', 'Without one it returns a promise'),
      by('no', pg, '@returns {void}'),
      by('yes', knex, 'return session;'),
      by('yes', mysql, 'Provide support for optional callback'),
      by('yes', redis, 'async get('),
    ],
  },
  {
    title: 'TypeScript types',
    cells: [
      by('in the package', 'packages/core/package.json', '"types"'),
      { text: 'in @types', lacks: /"(?:types|typings)":/ },
      by('in the package', 'package.json', '"types"'),
      { text: 'in @types', lacks: /"(?:types|typings)":/ },
      by('in the package', 'package.json', '"types"'),
    ],
  },
]
