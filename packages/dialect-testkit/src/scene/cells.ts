import assert from 'node:assert/strict'
import {
  qualifiedName,
  selectColumn,
  type Column,
  type EpochMs,
  type SessionTable,
} from '@knex-session/core/dialect'
import type { Scene } from './scene.js'

/** The cells of one column, by the ids of the sessions. */
export async function cellsOf(
  scene: Scene,
  table: SessionTable,
  column: Column,
  expression: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { adapter, knex } = scene
  const as = (sql: string, name: string) => knex.raw(`${sql} as ${adapter.quoteIdentifier(name)}`)
  const sid = adapter.quoteIdentifier(table.column.sid.name)
  const from = knex.raw(qualifiedName(adapter, table)) as unknown as string
  const rows: unknown = await knex
    .from(from)
    .select([as(sid, 'id'), as(expression, 'cell')])
    .whereRaw(`${adapter.quoteIdentifier(column.name)} is not null`)
  return Object.fromEntries(
    (rows as readonly { readonly id: string; readonly cell: unknown }[]).map(({ id, cell }) => [
      id,
      cell,
    ]),
  )
}

/** The points in time that one column has, by the ids of the sessions. */
export async function timesOf(
  scene: Scene,
  table: SessionTable,
  column: Column | undefined,
): Promise<Readonly<Record<string, EpochMs>>> {
  assert.ok(column)
  const { decode } = column.codec ?? scene.adapter.timestamp
  const cells = await cellsOf(scene, table, column, selectColumn(scene.adapter, column))
  return Object.fromEntries(Object.entries(cells).map(([sid, cell]) => [sid, decode(cell)]))
}
