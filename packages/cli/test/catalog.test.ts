import { qualifiedName, sessionTable, type DialectAdapter } from '@knex-session/core/dialect'
import { mssql } from '@knex-session/dialect-mssql'
import { oracle } from '@knex-session/dialect-oracle'
import { notRunOn } from '../src/catalog/not-run.js'
import { catalogs } from '../src/catalog/statements.js'

/** What is sent for a table, each statement with its bindings. */
function textsOf(adapter: DialectAdapter): string {
  const catalog = catalogs[adapter.name]!
  const table = sessionTable({ schemaName: 'auth', tableName: 'web_sessions' })
  const name = qualifiedName(adapter, table)
  const all = {
    indexed: catalog.indexed(table, name),
    size: catalog.size(table, name),
    now: catalog.now?.(),
    version: catalog.version?.(),
    collation: catalog.collation?.of(table, name),
  }
  return Object.entries(all)
    .flatMap(([what, statement]) => (statement ? [[what, statement] as const] : []))
    .map(([what, { sql, bindings }]) => `${what}: ${sql}\n${JSON.stringify(bindings)}`)
    .join('\n')
}

// No server of these two has run them, so each text is what was checked against the vendor's pages.
it('asks SQL Server by these texts', () => {
  expect(textsOf(mssql)).toMatchInlineSnapshot()
})

it('asks Oracle Database by these texts', () => {
  expect(textsOf(oracle)).toMatchInlineSnapshot()
  const own = sessionTable()
  expect(catalogs['oracle']!.indexed(own, '').bindings).toEqual([null, 'sessions'])
})

it.each([
  ['cockroachdb', 'undefined', 'CockroachDB'],
  ['mssql', 'undefined', 'SQL Server'],
  ['oracle', 'undefined', 'Oracle Database'],
  ['postgres', 'CockroachDB CCL v23.1.30 (x86_64-pc-linux-gnu, built 2024/12/12)', 'CockroachDB'],
  ['postgres', 'PostgreSQL 11.2-YB-2.18.0.1-b0 on x86_64-pc-linux-gnu', 'YugabyteDB'],
  ['mysql', '8.0.11-TiDB-v8.5.6', 'TiDB'],
  ['mysql', '8.0.30-Vitess', 'Vitess'],
  ['postgres', 'PostgreSQL 15.8 (Debian 15.8-0+deb12u1) on x86_64-pc-linux-gnu', undefined],
  ['mysql', '10.11.6-MariaDB-log', undefined],
  ['mysql', '8.4.3', undefined],
  ['sqlite', 'undefined', undefined],
])('by the adapter %s and the version %s: %s', (adapter, version, name) => {
  expect(notRunOn(adapter, version)).toBe(name)
})
