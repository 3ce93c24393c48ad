/** By the names of adapters. */
const byAdapter: Readonly<Record<string, string>> = {
  cockroachdb: 'CockroachDB',
  mssql: 'SQL Server',
  oracle: 'Oracle Database',
}

/**
 * What servers that speak as another one does answer to `select version()`: `CockroachDB CCL …`,
 * `PostgreSQL 11.2-YB-2.18.0.1-b0 on …`, `8.0.11-TiDB-v8.5.6`
 * (https://docs.pingcap.com/tidb/stable/information-schema-tidb-servers-info), `8.0.30-Vitess`.
 */
const inVersion = /CockroachDB|-YB-|TiDB|Vitess/

/**
 * The name of a database on which nobody of the project has run the store; `undefined` for those on
 * which somebody has, and for those that cannot be recognized.
 */
export function notRunOn(adapter: string, version: string): string | undefined {
  const [found] = inVersion.exec(version) ?? []
  return byAdapter[adapter] ?? (found === '-YB-' ? 'YugabyteDB' : found)
}
