import {
  qualifiedName,
  type DialectAdapter,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import type { Knex } from 'knex'

type Cells = Readonly<Record<string, unknown>>

/** What only the catalog of a database knows. Each statement gives rows with the column `answer`. */
export interface Catalog {
  /** The columns that an index begins with, each by its name. */
  indexed(table: SessionTable, name: string): Statement
  /** The bytes that the table and its indexes take. */
  size(table: SessionTable, name: string): Statement
  /** The time of the server, in ms since 1970; none where it is that of this machine. */
  now?(): Statement
  /** The collation of the session ids, and which distinguish them byte for byte. */
  readonly collation?: {
    of(table: SessionTable, name: string): Statement
    readonly exact: RegExp
  }
}

const statement = (sql: string, ...bindings: readonly unknown[]): Statement => ({ sql, bindings })

/** By the names of adapters. That of another one has none, and `check` and `stats` say less. */
const catalogs: Readonly<Record<string, Catalog>> = {
  // Docs 18, sections 52.7 and 52.26, 9.28.7 and 9.9.
  postgres: {
    indexed: (_, name) =>
      statement(
        'select a.attname as answer from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] ' +
          'where i.indrelid = to_regclass(?) and i.indisvalid and i.indpred is null',
        name,
      ),
    size: (_, name) => statement('select pg_total_relation_size(to_regclass(?)) as answer', name),
    now: () => statement('select extract(epoch from clock_timestamp()) * 1000 as answer'),
  },
  // MySQL 8.4 manual, sections 28.3.34, 28.3.38, 28.3.8 and 14.7.
  mysql: {
    indexed: ({ schemaName, tableName }) =>
      statement(
        'select column_name as answer from information_schema.statistics where table_schema = coalesce(?, database()) and table_name = ? and seq_in_index = 1',
        schemaName ?? null,
        tableName,
      ),
    size: ({ schemaName, tableName }) =>
      statement(
        'select data_length + index_length as answer from information_schema.tables where table_schema = coalesce(?, database()) and table_name = ?',
        schemaName ?? null,
        tableName,
      ),
    now: () => statement('select unix_timestamp(now(3)) * 1000 as answer'),
    collation: {
      of: ({ schemaName, tableName, column }) =>
        statement(
          'select collation_name as answer from information_schema.columns where table_schema = coalesce(?, database()) and table_name = ? and column_name = ?',
          schemaName ?? null,
          tableName,
          column.sid.name,
        ),
      exact: /_(?:nopad|0900)_bin$/,
    },
  },
  // Docs, "PRAGMA Functions" and "The DBSTAT Virtual Table".
  sqlite: {
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
  },
  // https://learn.microsoft.com/sql/relational-databases/system-catalog-views, sys.index_columns,
  // sys.columns and sys.dm_db_partition_stats.
  mssql: {
    indexed: (_, name) =>
      statement(
        'select c.name as [answer] from sys.index_columns as i join sys.columns as c on c.object_id = i.object_id and c.column_id = i.column_id ' +
          'where i.object_id = object_id(cast(? as nvarchar(600))) and i.key_ordinal = 1',
        name,
      ),
    size: (_, name) =>
      statement(
        'select sum(reserved_page_count) * 8192 as [answer] from sys.dm_db_partition_stats where object_id = object_id(cast(? as nvarchar(600)))',
        name,
      ),
    now: () =>
      statement(`select datediff_big(millisecond, '1970-01-01', sysutcdatetime()) as [answer]`),
    collation: {
      of: ({ column }, name) =>
        statement(
          'select collation_name as [answer] from sys.columns where object_id = object_id(cast(? as nvarchar(600))) and name = ?',
          name,
          column.sid.name,
        ),
      exact: /_BIN2$/,
    },
  },
  // Database Reference 19c, ALL_IND_COLUMNS and USER_SEGMENTS.
  oracle: {
    indexed: ({ schemaName, tableName }) =>
      statement(
        `select column_name as "answer" from all_ind_columns where table_owner = coalesce(?, sys_context('userenv', 'current_schema')) and table_name = ? and column_position = 1`,
        schemaName ?? null,
        tableName,
      ),
    size: ({ tableName }) =>
      statement(
        'select sum(bytes) as "answer" from user_segments where segment_name = ? or segment_name in (select index_name from user_indexes where table_name = ?)',
        tableName,
        tableName,
      ),
    now: () =>
      statement(
        `select (cast(sys_extract_utc(systimestamp) as date) - date '1970-01-01') * 86400000 as "answer" from dual`,
      ),
  },
}

/** What a database says of a table, as far as it is asked and answers. */
export class CatalogOf {
  readonly #knex: Knex
  readonly #catalog: Catalog | undefined
  readonly #table: SessionTable
  readonly #name: string

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable) {
    this.#knex = knex
    this.#catalog = catalogs[adapter.name]
    this.#table = table
    this.#name = qualifiedName(adapter, table)
  }

  /** The columns that an index begins with, in lower case; `undefined` where that is not known. */
  async indexed(): Promise<readonly string[] | undefined> {
    const answers = await this.#ask(this.#catalog?.indexed(this.#table, this.#name))
    return answers?.map((name) => String(name).toLowerCase())
  }

  /** Bytes. */
  async size(): Promise<number | undefined> {
    const [bytes] = (await this.#ask(this.#catalog?.size(this.#table, this.#name))) ?? []
    return bytes === undefined || bytes === null ? undefined : Number(bytes)
  }

  /** How many ms the clock of the server is before the one here. */
  async clockDifference(): Promise<number | undefined> {
    // The first statement may have to connect.
    await this.#ask(this.#catalog?.now?.())
    const asked = Date.now()
    const [now] = (await this.#ask(this.#catalog?.now?.())) ?? []
    return now === undefined ? undefined : Math.round(Number(now) - (asked + Date.now()) / 2)
  }

  /** The collation of the session ids where it may take two of them for one. */
  async inexactCollation(): Promise<string | undefined> {
    const { collation } = this.#catalog ?? {}
    const [name] = (await this.#ask(collation?.of(this.#table, this.#name))) ?? []
    if (typeof name !== 'string' || collation?.exact.test(name) !== false) return undefined
    return name
  }

  async #ask(asked: Statement | undefined): Promise<readonly unknown[] | undefined> {
    if (!asked) return undefined
    try {
      const result: unknown = await this.#knex.raw(asked.sql, asked.bindings as Knex.RawBinding[])
      return rowsOf(result).map((row) => row['answer'])
    } catch {
      // What the user may not ask, or this version does not know, is left out of the answer.
      return undefined
    }
  }
}

/** The rows in what `knex.raw` resolved to, for whichever driver. */
function rowsOf(result: unknown): readonly Cells[] {
  if (!Array.isArray(result)) return (result as { readonly rows: readonly Cells[] }).rows
  const [first] = result as readonly unknown[]
  return Array.isArray(first) ? (first as readonly Cells[]) : (result as readonly Cells[])
}
