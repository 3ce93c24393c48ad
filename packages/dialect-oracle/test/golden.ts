import { inspect } from 'node:util'
import type { Statement } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'

/** Compiles only: it has no connection. */
const compiler = knex({ client: 'oracledb' })

/** A statement as knex hands it to the driver. */
export function native({ sql, bindings }: Statement): Knex.SqlNative {
  return compiler
    .raw(sql, bindings as Knex.RawBinding[])
    .toSQL()
    .toNative()
}

/** What {@link native} gives, as text: the SQL with a line for each clause, and the bindings. */
export function golden(statement: Statement): string {
  return asText(native(statement))
}

/** A query of the driver as text, a space before a clause being a line break. */
export function asText({ sql, bindings }: Pick<Statement, 'sql' | 'bindings'>): string {
  return [sql.replace(clause, '\n'), inspect(bindings, { breakLength: 120 })].join('\n')
}

const clause = /(?<!character|epoch|cross|value) (?=(?:from|where|values(?=\s)|on conflict|on duplicate key|set|join|order by)\b)/g
