import {
  sessionTable,
  toEpochMs,
  type DialectAdapter,
  type SessionRow,
  type Statement,
} from '@knex-session/core/dialect'
import type { Knex } from 'knex'

/**
 * What an adapter answers of an update of three rows of which two are there, on a table of its own,
 * which may have versions.
 */
export async function answerOfUpdate(
  knex: Knex,
  adapter: DialectAdapter,
  { versions }: { readonly versions: boolean },
): Promise<unknown> {
  const tableName = `answers_${String(process.pid)}`
  const table = sessionTable({ tableName, onConflict: versions })
  const run = async ({ sql, bindings }: Statement): Promise<unknown> =>
    knex.raw(sql, bindings as Knex.RawBinding[])
  const rows = (version: string): readonly SessionRow[] =>
    ['a', 'b', 'c'].map((sid) => ({ sid, sess: '{}', expired: toEpochMs(Date.now()), version }))
  const [first, second] = ['1'.repeat(16), '2'.repeat(16)]
  for (const statement of adapter.createTable(table, {})) await run(statement)
  try {
    await run(adapter.upsert(table, rows(`${first}${'0'.repeat(16)}`).slice(0, 2)))
    const update = adapter.queries!.update!
    return update.answer(await run(update.statement(table, rows(`${second}${first}`))))
  } finally {
    await knex.schema.dropTable(tableName)
  }
}
