import {
  qualifiedName,
  type DialectAdapter,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import type { Knex } from 'knex'
import { catalogs, type Catalog } from './statements.js'
import { notRunOn } from './not-run.js'

type Cells = Readonly<Record<string, unknown>>

/** What a database says of a table, as far as it is asked and answers. */
export class CatalogOf {
  readonly #knex: Knex
  readonly #adapter: DialectAdapter
  readonly #catalog: Catalog | undefined
  readonly #table: SessionTable
  readonly #name: string

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable) {
    this.#knex = knex
    this.#adapter = adapter
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

  /** The name of the database, where nobody of the project has run the store on it. */
  async notRunOn(): Promise<string | undefined> {
    const [version] = (await this.#ask(this.#catalog?.version?.())) ?? []
    return notRunOn(this.#adapter.name, String(version))
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
