import type { Sent } from '../../dialect-testkit/test/sent-queries.js'
import type { Knex } from 'knex'

/** How PostgreSQL would go about a query that was sent, line by line. */
export async function planOf(knex: Knex, { sql, bindings }: Sent): Promise<readonly string[]> {
  const text = `explain (costs off) ${sql.replaceAll(/\$\d+/g, '?')}`
  const { rows } = await knex.raw<{ rows: { 'QUERY PLAN': string }[] }>(text, bindings)
  return Array.from(rows, (row) => row['QUERY PLAN'].trim())
}
