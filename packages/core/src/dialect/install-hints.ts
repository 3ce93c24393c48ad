/**
 * Which package to install for a knex client name: used in messages only, never to decide anything.
 */
export const packageForClient: Readonly<Record<string, string>> = {
  pg: '@knex-session/dialect-postgres',
  postgres: '@knex-session/dialect-postgres',
  postgresql: '@knex-session/dialect-postgres',
  pgnative: '@knex-session/dialect-postgres',
  cockroachdb: '@knex-session/dialect-cockroachdb',
  mysql: '@knex-session/dialect-mysql',
  mysql2: '@knex-session/dialect-mysql',
  mariadb: '@knex-session/dialect-mysql',
  'better-sqlite3': '@knex-session/dialect-sqlite',
  sqlite3: '@knex-session/dialect-sqlite',
  sqlite: '@knex-session/dialect-sqlite',
  mssql: '@knex-session/dialect-mssql',
  oracledb: '@knex-session/dialect-oracle',
}

/** What to do for a store without `knex`, on the embedded database of a dialect. */
export const toEmbedDatabase: string =
  'run `npm install @knex-session/dialect-sqlite better-sqlite3` and ' +
  "add `import '@knex-session/dialect-sqlite'` for an SQLite file"

/** What to write for a database in a file. */
export const knexOnFile =
  "knex: createKnex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true })"
