import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import type { Concern } from '../kit/concern.js'
import { contentsOf, expiryIn, hour, sessionUntil } from '../scene/sessions.js'

/**
 * Hooks of applications that spell names otherwise in code than in the database; the last ones
 * spoil whatever they get.
 */
const hooks: readonly Partial<Pick<Knex.Config, 'postProcessResponse' | 'wrapIdentifier'>>[] = [
  {
    wrapIdentifier: (name, wrap) => wrap(name.toUpperCase()),
    postProcessResponse: (result: unknown) => withNames(result, lower),
  },
  { postProcessResponse: (result: unknown) => withNames(result, upper) },
  { postProcessResponse: (result: unknown) => ({ result }) },
  { postProcessResponse: () => undefined },
]

const lower = (name: string) => name.toLowerCase()
const upper = (name: string) => name.toUpperCase()

function withNames(result: unknown, spell: (name: string) => string): unknown {
  if (Array.isArray(result)) return Array.from(result, (each) => withNames(each, spell))
  if (typeof result !== 'object' || result === null) return result
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [spell(name), value as unknown]),
  )
}

/** Hooks of the application's knex instance: they change its own queries, not the store's. */
export const applicationHooks: Concern = {
  title: 'an application that changes names and results of knex',
  onDatabase: {
    async 'changes neither counts nor sessions'(scene) {
      for (const hook of hooks) {
        for (const options of [{}, { batch: false, preparedStatements: false }]) {
          const knex = scene.open()
          Object.assign((knex.client as { config: object }).config, hook)
          const store = scene.store({ knex, ...options })
          const later = scene.clock.now() + hour
          await Promise.all(
            ['a', 'b', 'c'].map((sid) => store.set(sid, sessionUntil(later, { sid }))),
          )
          await Promise.all(['a', 'b'].map((sid) => store.touch(sid, sessionUntil(later + hour))))
          const read = await Promise.all(['a', 'b'].map((sid) => store.get(sid)))
          assert.deepEqual(
            [...read.map(contentsOf), expiryIn(read[0] ?? null)],
            [{ sid: 'a' }, { sid: 'b' }, later + hour],
          )
          assert.deepEqual([await store.length(), (await store.all()).length], [3, 3])
          assert.deepEqual((await store.ids()).sort(), ['a', 'b', 'c'])
          assert.match(
            String(((await store.entries().next()).value as { sid?: unknown }).sid),
            /^[abc]$/,
          )
          assert.deepEqual(
            await Promise.all(['a', 'none'].map((sid) => store.destroy(sid))),
            [1, 0],
          )
          assert.equal(await store.destroy('b'), 1)
          await store.set('d', sessionUntil(scene.clock.now() - hour))
          assert.deepEqual([await store.prune(), await store.clear()], [1, 1])
          await store.close()
          await knex.destroy()
        }
      }
    },
  },
}
