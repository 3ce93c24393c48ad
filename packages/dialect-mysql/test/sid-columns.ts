import type { SidColumn } from '@knex-session/dialect-testkit'
import { connectCarelesslyBy } from './connection.js'

const loose = [
  'varchar(255) character set latin1',
  'varchar(255) character set utf8mb4 collate utf8mb4_unicode_ci',
] as const
const narrow = 'varchar(40) character set utf8mb4 collate utf8mb4_bin'
const further = [
  'varchar(255) character set utf8mb3 collate utf8mb3_unicode_ci',
  'varchar(255) character set ascii collate ascii_bin',
]

const on = (
  client: 'mysql2' | 'mariadb',
  types: readonly string[],
  charset?: string,
): readonly SidColumn[] =>
  types.map((type) => ({ type, connect: connectCarelesslyBy(client, charset) }))

/**
 * Columns without a strict `sql_mode`, and character sets of connections, of which only mysql2
 * takes others than utf8mb4: each with the column that differs most from it.
 */
export function sidColumns(client: 'mysql2' | 'mariadb'): readonly SidColumn[] {
  if (client === 'mariadb') return on(client, loose)
  return [
    on(client, [...loose, narrow]),
    on(client, [loose[1]], 'latin1'),
    on(client, [loose[0]], 'utf8'),
    on(client, [loose[1]], 'ascii'),
  ].flat()
}

/**
 * What is left out there: the character sets of connections with the other column, and further ones
 * of columns.
 */
export const furtherSidColumns: readonly SidColumn[] = [
  on('mysql2', further),
  on('mysql2', [loose[0]], 'latin1'),
  on('mysql2', [loose[1]], 'utf8'),
  on('mysql2', [loose[0]], 'ascii'),
].flat()
