import type { SessionRow } from '@knex-session/core/dialect'
import type { StoredRow } from './scene.js'

/** Numbers of rows about a limit that one statement may have. */
export function sizesWithin(limit: number): readonly number[] {
  return [...new Set([1, 2, 3, Math.ceil(limit / 2), limit - 1, limit])].filter((size) => size >= 1)
}

/** Rows as the database may write them: JSON columns may change blanks and the order of keys. */
export function parsed(rows: readonly (SessionRow | StoredRow)[]): readonly unknown[] {
  return rows.map(({ sid, sess, expired }) => {
    const value: unknown = JSON.parse(sess)
    return {
      sid,
      sess: typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
      expired: Number(expired),
    }
  })
}
