import type { SessionTable, Statement } from '@knex-session/core/dialect'

/** What only the catalog of a database knows. Each statement gives rows with the column `answer`. */
export interface Catalog {
  /** The columns that an index begins with which has all rows, each by its name. */
  indexed(table: SessionTable, name: string): Statement
  /** The bytes that the table and its indexes take. */
  size(table: SessionTable, name: string): Statement
  /** The time of the server, in ms since 1970; none where it is that of this machine. */
  now?(): Statement
  /** The version, where servers of other makers take the same statements. */
  version?(): Statement
  /** The collation of the session ids, and which distinguish them byte for byte. */
  readonly collation?: {
    of(table: SessionTable, name: string): Statement
    readonly exact: RegExp
  }
}

const statement = (sql: string, ...bindings: readonly unknown[]): Statement => ({ sql, bindings })

const namesOf = ({ schemaName, tableName }: SessionTable) => [schemaName ?? null, tableName]

const version = () => statement('select version() as answer')

/** PostgreSQL's documentation 18, sections 52.7 and 52.26, 9.28.7 and 9.9. */
const postgres: Catalog = {
  indexed: (_, name) =>
    statement(
      'select a.attname as answer from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] ' +
        'where i.indrelid = to_regclass(?) and i.indisvalid and i.indpred is null',
      name,
    ),
  size: (_, name) => statement('select pg_total_relation_size(to_regclass(?)) as answer', name),
  now: () => statement('select extract(epoch from clock_timestamp()) * 1000 as answer'),
  version,
}

/** MySQL 8.4 manual, sections 28.3.34, 28.3.38, 28.3.8 and 14.7. */
const mysql: Catalog = {
  indexed: (table) =>
    statement(
      'select column_name as answer from information_schema.statistics where table_schema = coalesce(?, database()) and table_name = ? and seq_in_index = 1',
      ...namesOf(table),
    ),
  size: (table) =>
    statement(
      'select data_length + index_length as answer from information_schema.tables where table_schema = coalesce(?, database()) and table_name = ?',
      ...namesOf(table),
    ),
  now: () => statement('select unix_timestamp(now(3)) * 1000 as answer'),
  version,
  collation: {
    of: (table) =>
      statement(
        'select collation_name as answer from information_schema.columns where table_schema = coalesce(?, database()) and table_name = ? and column_name = ?',
        ...namesOf(table),
        table.column.sid.name,
      ),
    exact: /_(?:nopad|0900)_bin$/,
  },
}

/** SQLite's documentation, "PRAGMA Functions" and "The DBSTAT Virtual Table". */
const sqlite: Catalog = {
  indexed: ({ tableName }) =>
    statement(
      'select (select i.name from pragma_index_info(l.name) as i where i.seqno = 0) as answer from pragma_index_list(?) as l where not l.partial',
      tableName,
    ),
  size: ({ tableName }) =>
    statement(
      'select sum(pgsize) as answer from dbstat where name in (select name from sqlite_master where tbl_name = ?)',
      tableName,
    ),
  collation: {
    of: ({ tableName, column }) =>
      statement(
        'select x.coll as answer from pragma_index_list(?) as l, pragma_index_xinfo(l.name) as x where l."unique" and x.name = ?',
        tableName,
        column.sid.name,
      ),
    exact: /^BINARY$/i,
  },
}

/** Not run by us on SQL Server: checked against the pages that each names. */
const mssql: Catalog = {
  /**
   * `key_ordinal` counts from 1; a filtered index lacks rows, and a disabled or hypothetical one
   * serves no query
   * (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-index-columns-transact-sql,
   * https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-indexes-transact-sql).
   */
  indexed: (_, name) =>
    statement(
      'select c.name as [answer] from sys.indexes as i ' +
        'join sys.index_columns as k on k.object_id = i.object_id and k.index_id = i.index_id ' +
        'join sys.columns as c on c.object_id = k.object_id and c.column_id = k.column_id ' +
        'where i.object_id = object_id(cast(? as nvarchar(600))) and k.key_ordinal = 1 ' +
        'and i.has_filter = 0 and i.is_disabled = 0 and i.is_hypothetical = 0',
      name,
    ),
  /**
   * Pages of 8 KB, those of long values among them; needs the rights `VIEW DATABASE STATE` and `VIEW
   * DEFINITION`
   * (https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views/sys-dm-db-partition-stats-transact-sql).
   */
  size: (_, name) =>
    statement(
      'select sum(reserved_page_count) * 8192 as [answer] from sys.dm_db_partition_stats where object_id = object_id(cast(? as nvarchar(600)))',
      name,
    ),
  /**
   * A `bigint`, from SQL Server 2016 on
   * (https://learn.microsoft.com/sql/t-sql/functions/datediff-big-transact-sql).
   */
  now: () =>
    statement(`select datediff_big(millisecond, '1970-01-01', sysutcdatetime()) as [answer]`),
  collation: {
    /** https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-columns-transact-sql */
    of: ({ column }, name) =>
      statement(
        'select collation_name as [answer] from sys.columns where object_id = object_id(cast(? as nvarchar(600))) and name = ?',
        name,
        column.sid.name,
      ),
    exact: /_BIN2$/,
  },
}

/** Not run by us on Oracle Database: checked against the pages that each names. */
const oracle: Catalog = {
  /**
   * An index that is unusable or invisible serves no query; of a partitioned one the status is
   * `N/A`
   * (https://docs.oracle.com/en/database/oracle/oracle-database/21/refrn/ALL_IND_COLUMNS.html,
   * https://docs.oracle.com/en/database/oracle/oracle-database/21/refrn/ALL_INDEXES.html).
   */
  indexed: (table) =>
    statement(
      'select k.column_name as "answer" from all_ind_columns k join all_indexes i on i.owner = k.index_owner and i.index_name = k.index_name ' +
        `where k.table_owner = coalesce(?, sys_context('userenv', 'current_schema')) and k.table_name = ? and k.column_position = 1 ` +
        `and i.status <> 'UNUSABLE' and i.visibility = 'VISIBLE'`,
      ...namesOf(table),
    ),
  /**
   * Of the user's own tables only. The sessions are in segments of their own where they are long
   * (https://docs.oracle.com/database/122/REFRN/USER_SEGMENTS.htm,
   * https://docs.oracle.com/database/122/REFRN/ALL_LOBS.htm).
   */
  size: (table) =>
    statement(
      'select sum(bytes) as "answer" from user_segments ' +
        `where user = coalesce(?, sys_context('userenv', 'current_schema')) and (segment_name = ? ` +
        'or segment_name in (select index_name from user_indexes where table_name = ?) ' +
        'or segment_name in (select segment_name from user_lobs where table_name = ?))',
      ...namesOf(table),
      table.tableName,
      table.tableName,
    ),
  /**
   * A difference of dates is in days, and a date has whole seconds
   * (https://docs.oracle.com/en/database/oracle/oracle-database/21/sqlrf/Data-Types.html).
   */
  now: () =>
    statement(
      `select (cast(sys_extract_utc(systimestamp) as date) - date '1970-01-01') * 86400000 as "answer" from dual`,
    ),
}

/** By the names of adapters. That of another one has none, and `check` and `stats` say less. */
export const catalogs: Readonly<Record<string, Catalog>> = {
  postgres,
  mysql,
  sqlite,
  mssql,
  oracle,
}
