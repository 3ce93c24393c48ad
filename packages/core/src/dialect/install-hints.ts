/**
 * Which package to install for a knex client name: used in messages only, never to decide anything.
 */
export const packageForClient: Readonly<Record<string, string>> = {
  pg: '@knex-session/dialect-postgres',
  postgres: '@knex-session/dialect-postgres',
  postgresql: '@knex-session/dialect-postgres',
  pgnative: '@knex-session/dialect-postgres',
  cockroachdb: '@knex-session/dialect-postgres',
  mysql: '@knex-session/dialect-mysql',
  mysql2: '@knex-session/dialect-mysql',
  mariadb: '@knex-session/dialect-mysql',
  'better-sqlite3': '@knex-session/dialect-sqlite',
  sqlite3: '@knex-session/dialect-sqlite',
  sqlite: '@knex-session/dialect-sqlite',
  mssql: '@knex-session/dialect-mssql',
  oracledb: '@knex-session/dialect-oracle',
}

/**
 * The package whose dialect brings an embedded database, named when a store is made without `knex`.
 */
export const embeddedDatabasePackage = '@knex-session/dialect-sqlite'
