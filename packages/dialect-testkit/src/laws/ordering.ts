import assert from 'node:assert/strict'
import type { KnexSessionStore, KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import { roundsOf } from '../scene/rounds.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil, type Contents } from '../scene/sessions.js'

const writers = 8

/**
 * A database that waits for its disk at each commit has as many rounds as it plays in this time, in
 * ms, but no fewer than `fewest`.
 */
const longest = 8_000
const fewest = 50

const loaded = { areLoaded: true }

/** Gives the session that a caller writes. */
type Writing = (contents: Contents) => SessionData

/**
 * Eight callers write one session, called in order; each reads it again as soon as its write is
 * acknowledged.
 */
async function round(store: KnexSessionStore, session: Writing, number: number): Promise<void> {
  const seen = await Promise.all(
    Array.from({ length: writers }, async (_, turn) => {
      await store.set('sid', session({ number, turn }))
      return turn === 0 || turn === writers - 1 ? contentsOf(await store.get('sid')) : undefined
    }),
  )
  const first = seen[0] ?? {}
  // A later write may have been faster than the read, an earlier round may not show any more.
  assert.equal(first['number'], number, 'a read after a write was acknowledged missed it')
  assert.deepEqual(seen[writers - 1], { number, turn: writers - 1 }, 'the last write was lost')
}

/** `areLoaded`: whether the callers write what they have read, as requests do. */
function law(
  options: KnexSessionStoreOptions,
  rounds: number,
  { areLoaded = false } = {},
): (scene: Scene) => Promise<void> {
  return async (scene) => {
    const store = scene.store(options)
    const later = scene.clock.now() + hour
    const end = performance.now() + longest
    const [most, least] = [roundsOf(rounds), roundsOf(fewest)]
    await store.set('sid', sessionUntil(later))
    for (let number = 0; number < most && (number < least || performance.now() < end); number++) {
      const loaded = areLoaded ? await store.get('sid') : null
      await round(
        store,
        (contents) => (loaded ? Object.assign(loaded, contents) : sessionUntil(later, contents)),
        number,
      )
    }
  }
}

/**
 * Law 11: writes to one session take effect in the order they were called, and a read that starts
 * after a write sees it.
 */
export const ordering: Concern = {
  title: 'eight writers of one session',
  onDatabase: {
    'never lose the last write in up to 1,000 rounds, calls joined': law({}, 1_000),
    'never lose the last write in up to 1,000 rounds, calls made one by one': law(
      { batch: false },
      1_000,
    ),
    'never lose the last write of what they have loaded, calls joined': law({}, 200, loaded),
    'never lose the last write of what they have loaded, calls made one by one': law(
      { batch: false },
      200,
      loaded,
    ),

    async 'never lose the last call, be it a set, a touch or a destroy'(scene) {
      const stores = [scene.store(), scene.store({ batch: false })]
      const now = scene.clock.now()
      for (let number = 0; number < roundsOf(100, 2); number++) {
        for (const store of stores) {
          const calls: Promise<unknown>[] = []
          for (let turn = 0; turn < writers; turn++) {
            const session = sessionUntil(now + hour + turn * 1_000, { number, turn })
            const kind = (turn * 5 + number) % 3
            calls.push(
              kind === 0
                ? store.destroy('sid')
                : kind === 1
                  ? store.touch('sid', session)
                  : store.set('sid', session),
            )
          }
          const lastSet = store.set('sid', sessionUntil(now + hour, { number }))
          const lastTouch = store.touch('sid', sessionUntil(now + 2 * hour))
          const lastDestroy = number % 2 === 0 ? store.destroy('sid') : undefined
          await Promise.all([...calls, lastSet, lastTouch, lastDestroy])
          const session = await store.get('sid')
          assert.deepEqual(contentsOf(session), number % 2 === 0 ? null : { number })
          if (lastDestroy) assert.equal(await lastDestroy, 1)
        }
      }
    },
  },
}
