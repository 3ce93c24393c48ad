import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { Scene } from './scene.js'

/**
 * Runs the statements that the error of a store on a table without the columns of an option names,
 * which has these words as well; false where the adapter has none.
 */
export async function addColumnsNamedBy(
  store: KnexSessionStore,
  scene: Scene,
  words: readonly string[],
): Promise<boolean> {
  const error: unknown = await store.ready.then(
    () => undefined,
    (problem: unknown) => problem,
  )
  const message = String((error as Error | undefined)?.message)
  for (const part of [...words, scene.table.tableName])
    assert.ok(message.includes(part), `no ${part} in: ${message}`)
  if (scene.adapter.addColumns === undefined) return false
  const [, statements = ''] = /add them:\n([^]*;)(?:\nSee |$)/.exec(message) ?? []
  for (const line of statements.split('\n')) {
    assert.match(line, /^[^;]+;$/, `no statement on a line of its own in: ${message}`)
    await scene.knex.raw(line.slice(0, -1))
  }
  return true
}
