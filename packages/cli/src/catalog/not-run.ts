/** By the names of adapters. */
const byAdapter: Readonly<Record<string, string>> = {
  cockroachdb: 'CockroachDB',
  mssql: 'SQL Server',
  oracle: 'Oracle Database',
}

/** By what a server answers to `select version()`, for those that speak as another one does. */
const byVersion: readonly (readonly [name: string, version: RegExp])[] = [
  // https://www.cockroachlabs.com/docs/stable/functions-and-operators#system-info-functions
  ['CockroachDB', /^CockroachDB /],
  // As in `PostgreSQL 11.2-YB-2.18.0.1-b0 on …`.
  ['YugabyteDB', /^PostgreSQL \S+-YB-/],
  // https://docs.pingcap.com/tidb/stable/information-schema-tidb-servers-info
  ['TiDB', /-TiDB-/],
  // https://vitess.io/docs/reference/programs/vtgate: its `mysql_server_version`.
  ['Vitess', /-Vitess/],
]

/**
 * The name of a database on which nobody of the project has run the store; `undefined` for those on
 * which somebody has, and for those that cannot be recognized.
 */
export function notRunOn(adapter: string, version: string): string | undefined {
  return byAdapter[adapter] ?? byVersion.find(([, form]) => form.test(version))?.[0]
}
