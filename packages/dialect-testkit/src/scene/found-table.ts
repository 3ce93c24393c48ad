import assert from 'node:assert/strict'
import type { SessionTable } from '@knex-session/core/dialect'
import type { Scene } from './scene.js'

/** The table as a store has it, which the adapter has looked at. */
export async function foundBy(scene: Scene): Promise<SessionTable> {
  const { adapter, table } = scene
  const inspect = adapter.server?.inspect
  if (!inspect) return table
  const results: unknown[] = []
  for (const statement of inspect.statements(table)) results.push(await scene.run(statement))
  const found = inspect.answer(results, table)
  assert.ok(typeof found !== 'string', 'the adapter refuses its own table')
  return found
}
