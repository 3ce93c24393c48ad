import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import fc from 'fast-check'
import type { Concern } from '../kit/concern.js'
import { forEvery } from '../scene/property.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, expiryIn, sessionUntil } from '../scene/sessions.js'

/** A session as the model has it. */
interface Entry {
  readonly value: number
  readonly expires: number
}

type Model = Map<string, Entry>

/** One call; times are in ms from the time of the call. */
type Call =
  | { readonly kind: 'set'; readonly sid: string; readonly value: number; readonly life: number }
  | { readonly kind: 'touch'; readonly sid: string; readonly life: number }
  | { readonly kind: 'destroy'; readonly sid: string }
  | { readonly kind: 'get'; readonly sid: string }

/**
 * What happens one after the other: calls made together, time that passes, or something done to all
 * sessions.
 */
type Step =
  | { readonly kind: 'calls'; readonly calls: readonly Call[] }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'prune' | 'clear' | 'list' }

const sids = ['a', 'A', 'b', 'B', 'ä', 'c', 'C', '1', '01', "'", '%']

/** Up to twelve steps, whose times are multiples of what the database can distinguish. */
function stepsOf(unit: number): fc.Arbitrary<readonly Step[]> {
  const sid = fc.constantFrom(...sids)
  const life = fc.constantFrom(-unit, 0, unit, 5 * unit, 10 * unit, 1000 * unit)
  const call: fc.Arbitrary<Call> = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), sid, value: fc.nat(99), life }),
    fc.record({ kind: fc.constant('touch' as const), sid, life }),
    fc.record({ kind: fc.constant('destroy' as const), sid }),
    fc.record({ kind: fc.constant('get' as const), sid }),
  )
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('calls' as const),
        calls: fc.array(call, { minLength: 1, maxLength: 12 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.integer({ min: 1, max: 10 }).map((units) => units * unit),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('prune' as const, 'clear' as const, 'list' as const),
      }),
    },
  )
  return fc.array(step, { minLength: 1, maxLength: 12 })
}

/**
 * What a call does to the model. Reads are made when nothing else is under way, since they wait for
 * no write.
 */
function applyToModel(model: Model, one: Call, now: number): void {
  const entry = model.get(one.sid)
  if (one.kind === 'set') model.set(one.sid, { value: one.value, expires: now + one.life })
  if (one.kind === 'touch' && entry && entry.expires > now)
    model.set(one.sid, { ...entry, expires: now + one.life })
  if (one.kind === 'destroy') model.delete(one.sid)
}

function send(store: KnexSessionStore, one: Call, now: number): Promise<unknown> {
  switch (one.kind) {
    case 'set':
      return store.set(one.sid, sessionUntil(now + one.life, { value: one.value }))
    case 'touch':
      return store.touch(one.sid, sessionUntil(now + one.life))
    case 'destroy':
      return store.destroy(one.sid)
    case 'get':
      return store.get(one.sid)
  }
}

async function take(
  store: KnexSessionStore,
  model: Model,
  scene: Scene,
  next: Step,
): Promise<void> {
  const now = scene.clock.now()
  const live = [...model].filter(([, entry]) => entry.expires > now)
  switch (next.kind) {
    case 'calls':
      await Promise.all(next.calls.map((one) => send(store, one, now)))
      for (const one of next.calls) applyToModel(model, one, now)
      return
    case 'wait':
      scene.clock.advance(next.ms)
      return
    case 'prune':
      assert.equal(await store.prune(), model.size - live.length)
      for (const [key, entry] of model) if (entry.expires <= now) model.delete(key)
      return
    case 'clear':
      assert.equal(await store.clear(), model.size)
      model.clear()
      return
    case 'list':
      assert.equal(await store.length(), live.length)
      assert.equal((await store.all()).length, live.length)
  }
}

/** Every session as the store sees it must be as the model has it. */
async function compare(store: KnexSessionStore, model: Model, now: number): Promise<void> {
  const stored = await Promise.all(sids.map((key) => store.get(key)))
  const found = stored.map(
    (session) => session && { ...contentsOf(session), expires: expiryIn(session) },
  )
  const expected = sids
    .map((key) => model.get(key))
    .map((entry) => (entry && entry.expires > now ? entry : null))
  assert.deepEqual(found, expected)
}

async function behavesLikeModel(
  scene: Scene,
  store: KnexSessionStore,
  steps: readonly Step[],
): Promise<void> {
  await store.clear()
  const model: Model = new Map()
  for (const next of steps) {
    await take(store, model, scene, next)
    await compare(store, model, scene.clock.now())
  }
}

function law(options: Parameters<Scene['store']>[0]): (scene: Scene) => Promise<void> {
  return async (scene) => {
    const store = scene.store(options)
    const steps = stepsOf(scene.capabilities.timestampGranularityMs)
    await forEvery(
      fc.asyncProperty(steps, (some) => behavesLikeModel(scene, store, some)),
      30,
    )
  }
}

/** Whatever is done to a store, it behaves like a map of sessions with a clock. */
export const model: Concern = {
  title: 'a store',
  onDatabase: {
    'behaves like a map with a clock, calls joined': law({}),
    'behaves like a map with a clock, calls joined in one lane of small batches': law({
      batch: { lanes: 1, size: 2 },
    }),
    'behaves like a map with a clock, calls made one by one': law({ batch: false }),
  },
}
