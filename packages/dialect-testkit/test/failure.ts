import type { Knex } from 'knex'

/** The error that a query ends with; the knex instance is destroyed. */
export async function failure(database: Knex, sql = 'select 1'): Promise<unknown> {
  try {
    return await database.raw(sql).then(
      () => undefined,
      (error: unknown) => error,
    )
  } finally {
    await database.destroy()
  }
}
