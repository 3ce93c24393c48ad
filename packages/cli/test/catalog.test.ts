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
  expect(textsOf(mssql)).toMatchInlineSnapshot(`
    "indexed: select c.name as [answer] from sys.indexes as i join sys.index_columns as k on k.object_id = i.object_id and k.index_id = i.index_id join sys.columns as c on c.object_id = k.object_id and c.column_id = k.column_id where i.object_id = object_id(cast(? as nvarchar(600))) and k.key_ordinal = 1 and i.has_filter = 0 and i.is_disabled = 0 and i.is_hypothetical = 0
    ["[auth].[web_sessions]"]
    size: select sum(reserved_page_count) * 8192 as [answer] from sys.dm_db_partition_stats where object_id = object_id(cast(? as nvarchar(600)))
    ["[auth].[web_sessions]"]
    now: select datediff_big(millisecond, '1970-01-01', sysutcdatetime()) as [answer]
    []
    collation: select collation_name as [answer] from sys.columns where object_id = object_id(cast(? as nvarchar(600))) and name = ?
    ["[auth].[web_sessions]","sid"]"
  `)
})

it('asks Oracle Database by these texts', () => {
  expect(textsOf(oracle)).toMatchInlineSnapshot(`
    "indexed: select k.column_name as "answer" from all_ind_columns k join all_indexes i on i.owner = k.index_owner and i.index_name = k.index_name where k.table_owner = coalesce(?, sys_context('userenv', 'current_schema')) and k.table_name = ? and k.column_position = 1 and i.status <> 'UNUSABLE' and i.visibility = 'VISIBLE'
    ["auth","web_sessions"]
    size: select sum(bytes) as "answer" from user_segments where user = coalesce(?, sys_context('userenv', 'current_schema')) and (segment_name = ? or segment_name in (select index_name from user_indexes where table_name = ?) or segment_name in (select segment_name from user_lobs where table_name = ?))
    ["auth","web_sessions","web_sessions","web_sessions"]
    now: select (cast(sys_extract_utc(systimestamp) as date) - date '1970-01-01') * 86400000 as "answer" from dual
    []"
  `)
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
