import type { Knex } from 'knex'

/** The sessions of callers by the name `name`, as the load names them. */
export function sidsOf(name: string, callers: number): readonly string[] {
  return Array.from({ length: callers }, (_, caller) => `${name} ${caller} 0`).sort()
}

/** Locks rows until `work` has ended. */
export async function whileLocked(
  knex: Knex,
  table: string,
  sids: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> {
  const transaction = await knex.transaction()
  await transaction(table).whereIn('sid', sids).forUpdate().select('sid')
  await work()
  await transaction.rollback()
}

/**
 * A client that locks rows one after the other against the order of the store's statements, in one
 * transaction after the other, until `over`. It has changed many rows before that: MariaDB ends the
 * transaction of a deadlock that has changed fewer.
 */
export async function lockBackwards(
  knex: Knex,
  table: string,
  sids: readonly string[],
  client: number,
  over: () => boolean,
): Promise<void> {
  const backwards = [...sids].reverse()
  while (!over()) {
    const transaction = await knex.transaction()
    try {
      await transaction(table).insert(
        Array.from({ length: 50 }, (_, row) => ({
          sid: `weight ${client} ${row}`,
          sess: '{}',
          expired: new Date(Date.now() + 60_000),
        })),
      )
      for (const sid of backwards) await transaction(table).where({ sid }).forUpdate().select('sid')
    } catch (error) {
      // Here it was this client that the deadlock ended.
      const { code, errno } = error as { code?: unknown; errno?: unknown }
      if (code !== '40P01' && errno !== 1213) throw error
    } finally {
      await transaction.rollback()
    }
  }
}
