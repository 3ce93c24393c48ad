import { createHash } from 'node:crypto'
import {
  parameterOf,
  qualifiedName,
  type DialectAdapter,
  type SessionTable,
} from '@knex-session/core/dialect'
import type { Knex } from 'knex'
import { markLength, markOf } from './journal.js'

/** The rows of sessions, expired or not. */
export class TableRows {
  readonly #adapter: DialectAdapter
  readonly #table: SessionTable
  readonly #hashIds: boolean

  /** `hashIds`: ids are digests, but those of rows from before may be plain. */
  constructor(adapter: DialectAdapter, table: SessionTable, hashIds: boolean) {
    this.#adapter = adapter
    this.#table = table
    this.#hashIds = hashIds
  }

  /** The id that a new row has. */
  idOf(sid: string): string {
    if (!this.#hashIds) return sid
    return `sha256:${createHash('sha256').update(sid).digest('base64url')}`
  }

  /** Of the id in a row: {@link markOf} its session id, with which a digest begins. */
  markOf(id: string): string {
    const [, digest] = (this.#hashIds && /^sha256:([\w-]{43})$/.exec(id)) || []
    return digest?.slice(0, markLength) ?? markOf(id)
  }

  async has(knex: Knex, sid: string): Promise<boolean> {
    const [condition, ids] = this.#of(sid)
    const name = knex.raw(qualifiedName(this.#adapter, this.#table)) as unknown as string
    const rows: unknown = await knex.from(name).whereRaw(condition, ids).select(knex.raw('1'))
    return (rows as readonly unknown[]).length > 0
  }

  /** Locks the row for a transaction, by a write that changes nothing: any database does that. */
  async lock(transaction: Knex.Transaction, sid: string): Promise<void> {
    const expired = this.#adapter.quoteIdentifier(this.#table.column.expired.name)
    const [condition, ids] = this.#of(sid)
    await transaction.raw(
      `update ${qualifiedName(this.#adapter, this.#table)} set ${expired} = ${expired} where ${condition}`,
      ids,
    )
  }

  #of(sid: string): [condition: string, ids: string[]] {
    const { sid: column } = this.#table.column
    const ids = [...new Set([this.idOf(sid), sid])]
    const parameters = ids.map(() => parameterOf(this.#adapter, column))
    return [`${this.#adapter.quoteIdentifier(column.name)} in (${parameters.join(', ')})`, ids]
  }
}
