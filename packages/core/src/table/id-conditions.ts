import type { Knex } from 'knex'
import {
  paddedCount,
  padWithLast,
  repeat,
  type DialectAdapter,
  type ExactSid,
  type Statement,
} from '../dialect/index.js'
import type { StatementMaker } from '../statement/statement-maker.js'

/** The conditions that a column, named as it is quoted, holds one of some ids. */
export class IdConditions {
  readonly #knex: StatementMaker
  readonly #adapter: DialectAdapter

  constructor(knex: StatementMaker, adapter: DialectAdapter) {
    this.#knex = knex
    this.#adapter = adapter
  }

  /** By the column's own comparison. */
  whereIn(query: Knex.QueryBuilder, quoted: string, ids: readonly string[]): Knex.QueryBuilder {
    const parameter = this.#adapter.exactSid?.plainParameter
    const padded = this.#padded(ids)
    const values =
      parameter === undefined ? padded : padded.map((id) => this.#knex.raw(parameter, [id]))
    return query.whereIn(this.#knex.raw(quoted) as unknown as string, values)
  }

  /**
   * Byte for byte. The plain `in` finds the rows by the column's index; the exact one beside it
   * drops those that only the collation takes for equal.
   */
  whereExact(query: Knex.QueryBuilder, quoted: string, ids: readonly string[]): Knex.QueryBuilder {
    const exact = this.#adapter.exactSid
    if (exact?.column === undefined) return this.whereIn(query, quoted, ids)
    const padded = this.#padded(ids)
    const { sql, bindings } = exact.among?.(quoted, padded) ?? equalToOne(exact, quoted, padded)
    // Both in one text: each part that knex puts together costs as much as SQLite's work.
    return query.whereRaw(
      `${quoted} in (${repeat(exact.plainParameter ?? '?', padded.length)}) and ${sql}`,
      [...padded, ...bindings] as readonly Knex.RawBinding[],
    )
  }

  /** With copies of the last one, so that servers which keep a plan for every text keep few. */
  #padded(ids: readonly string[]): readonly string[] {
    return padWithLast(ids, paddedCount(ids.length, this.#adapter.limits.sids))
  }
}

function equalToOne(
  exact: ExactSid,
  quoted: string,
  ids: readonly string[],
): Pick<Statement, 'sql' | 'bindings'> {
  const places = repeat(exact.parameter, ids.length)
  return {
    sql: `${exact.column(quoted)} in (${places})`,
    bindings: ids.map((id) => (exact.encode ? exact.encode(id) : id)),
  }
}
