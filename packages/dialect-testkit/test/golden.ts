import { inspect } from 'node:util'
import type { Statement } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'

/** What a statement looks like behind a knex client. */
export interface Goldens {
  /** A statement as knex hands it to the driver. */
  native(statement: Statement): Knex.SqlNative
  /** The same as text: the SQL with a line for each clause, and the bindings. */
  golden(statement: Statement): string
}

/** The goldens of a knex client, which compiles only: it has no connection. */
export function goldensOf(client: string): Goldens {
  const compiler = knex({ client, useNullAsDefault: true })
  const native = ({ sql, bindings }: Statement) =>
    compiler
      .raw(sql, bindings as Knex.RawBinding[])
      .toSQL()
      .toNative()
  return { native, golden: (statement) => asText(native(statement)) }
}

/** A query of the driver as text, a space before a clause being a line break. */
export function asText({ sql, bindings }: Pick<Statement, 'sql' | 'bindings'>): string {
  return [sql.replace(clause, '\n'), inspect(bindings, { breakLength: 120 })].join('\n')
}

const clause =
  /(?<!character|epoch|cross|value) (?=(?:from|where|values(?=\s)|on conflict|on duplicate key|set|join|order by)\b)/g
