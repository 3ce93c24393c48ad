import type { ColumnNames } from '@knex-session/core/dialect'

/**
 * Types of a column `expires` of another store, what the option says of it, and the words with
 * which the store refuses both together.
 */
export const refusedTimes: readonly [string, ColumnNames['expired'], RegExp][] = [
  [
    'bigint',
    'expires',
    /write `columns: \{ expired: \{ name: 'expires', type: 'unix-seconds' \} \}`, or/,
  ],
  ['int', { name: 'expires', type: 'unix-ms' }, /is of the type int, which does not hold the time/],
  [
    'datetime',
    { name: 'expires', type: 'unix-seconds' },
    /is of the type datetime, which does not/,
  ],
]
