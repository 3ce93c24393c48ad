import assert from 'node:assert/strict'
import { toEpochMs } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import fc from 'fast-check'
import type { Concern } from '../kit/concern.js'
import { hostileTexts, nested, unreadable } from '../hostile/hostile-values.js'
import { points, turningPoints } from '../hostile/points-in-time.js'
import { forEvery } from '../scene/property.js'
import type { Scene } from '../scene/scene.js'
import { canary } from '../scene/rows.js'
import { keepsExpiries } from '../scene/kept-expiries.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

async function comesBack(
  scene: Scene,
  store: ReturnType<Scene['store']>,
  value: unknown,
): Promise<void> {
  const session = scene.session({ value })
  await store.set('sid', session)
  assert.deepEqual(contentsOf(await store.get('sid')), JSON.parse(JSON.stringify({ value })))
}

/** Codecs: what JavaScript can hold comes back the same from every database. */
export const codecs: Concern = {
  title: 'sessions and times',
  pure: {
    'are never guessed: a cell that cannot be read is a TypeError that does not quote it'({
      adapter,
    }) {
      const attempts = [() => adapter.json.decode(null), () => adapter.json.decode(undefined)]
      for (const cell of unreadable) attempts.push(() => String(adapter.timestamp.decode(cell)))
      for (const attempt of attempts) {
        assert.throws(
          attempt,
          (error) =>
            error instanceof TypeError &&
            !`${error.message} ${String(error.stack)}`.includes(canary),
        )
      }
    },

    'can be encoded at every point in time that a Date can hold'({ adapter }) {
      for (const time of [-8.64e15, -62_167_219_200_001, -1, 0, 253_402_300_800_000, 8.64e15]) {
        assert.notEqual(adapter.timestamp.encode(toEpochMs(time)), undefined)
      }
    },

    'never share an encoding with a neighbour'({ adapter, capabilities }) {
      forEvery(
        fc.property(points(capabilities), (time) => {
          const before = Math.max(
            time - capabilities.timestampGranularityMs,
            capabilities.earliestExpiry,
          )
          if (before < time)
            assert.notDeepEqual(
              adapter.timestamp.encode(toEpochMs(before)),
              adapter.timestamp.encode(toEpochMs(time)),
            )
        }),
        200,
      )
    },
  },
  onDatabase: {
    'come back whatever text they hold'(scene) {
      return eachComesBack(scene, hostileTexts)
    },

    'come back whatever their keys are called'(scene) {
      const keys = [
        '__proto__',
        'constructor',
        'toString',
        '',
        ' ',
        '0',
        '$ref',
        'a.b',
        '\u0000',
        '\ud800',
        '"',
        "'",
        '🍪',
        'cookie ',
        'é',
        'e\u0301',
        'É',
      ]
      const text = JSON.stringify(Object.fromEntries(keys.map((key, index) => [key, index])))
      const withPrototype = `${text.slice(0, -1)},"__proto__":{"admin":true}}`
      return eachComesBack(scene, [
        JSON.parse(text),
        JSON.parse(withPrototype),
        [JSON.parse(withPrototype)],
      ])
    },

    'come back with every number that JSON has'(scene) {
      return eachComesBack(scene, [
        [
          0,
          -1,
          0.1,
          1e21,
          1e-7,
          5e-324,
          Number.MAX_VALUE,
          Number.MAX_SAFE_INTEGER,
          Number.MIN_SAFE_INTEGER,
          2 ** 53,
          123456789.12345679,
        ],
        [true, false, null, [], {}, [[]], [{}], ''],
      ])
    },

    'come back nested 200 levels deep'(scene) {
      return eachComesBack(scene, [
        nested(200, (inner) => [inner]),
        nested(200, (inner) => ({ inner })),
      ])
    },

    'come back a megabyte long'(scene) {
      return eachComesBack(scene, [
        '0123456789abcdef'.repeat(65_536),
        '\u20ac\u0000"\\'.repeat(50_000),
        '🍪'.repeat(100_000),
      ])
    },

    'come back in any length around the limits of strings in drivers'(scene) {
      const lengths = [
        1, 2, 255, 256, 1999, 2000, 2001, 3999, 4000, 4001, 7999, 8000, 8001, 32_766, 32_767,
        32_768, 65_535, 65_536,
      ]
      return eachComesBack(
        scene,
        lengths.flatMap((length) => ['x'.repeat(length), 'é'.repeat(length)]),
      )
    },

    async 'come back when many of all kinds share a statement'(scene) {
      const store = scene.store({ batch: { lanes: 1 } })
      const expires = scene.clock.now() + hour
      const values = [
        ...hostileTexts,
        nested(200, (inner) => [inner]),
        'x'.repeat(40_000),
        'é'.repeat(4_001),
        '',
        null,
        1.5,
      ]
      await Promise.all(
        values.map((value, index) =>
          store.set(`sid-${String(index)}`, sessionUntil(expires, { value })),
        ),
      )
      const read = await Promise.all(values.map((_, index) => store.get(`sid-${String(index)}`)))
      assert.deepEqual(
        read.map(contentsOf),
        values.map((value) => ({ value })),
      )
    },

    async 'come back as the serializer wrote them, be it JSON or not'(scene) {
      const wrappings = [
        (text: string) => text,
        (text: string) => ` \t\n${text} `,
        (text: string) => `"${text}`,
        (text: string) => `\u001f\u0000\ud800${text}`,
      ]
      for (const wrap of wrappings) {
        const stringify = (session: SessionData) => wrap(JSON.stringify(session))
        const parse = (text: string) => JSON.parse(text.slice(text.indexOf('{'))) as SessionData
        await comesBack(scene, scene.store({ serializer: { stringify, parse } }), { wrapped: true })
      }
    },

    async 'come back whatever JSON they are'(scene) {
      const store = scene.store()
      const value = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 })
      const text = fc.string({
        unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
        maxLength: 20,
      })
      await forEvery(
        fc.asyncProperty(fc.oneof(value, fc.dictionary(text, text)), (contents) =>
          comesBack(scene, store, contents),
        ),
        60,
      )
    },

    async 'keep an expiry to the millisecond where clocks turn over'(scene) {
      const { earliestExpiry, latestExpiry } = scene.capabilities
      const times = turningPoints.filter((time) => time >= earliestExpiry && time <= latestExpiry)
      await keepsExpiries(scene, scene.store({ clock: () => earliestExpiry - 1 }), times)
    },

    async 'keep any expiry to the millisecond'(scene) {
      const { earliestExpiry } = scene.capabilities
      const store = scene.store({ clock: () => earliestExpiry - 1 })
      const times = fc.array(points(scene.capabilities), { minLength: 1, maxLength: 30 })
      await forEvery(
        fc.asyncProperty(times, (some) => keepsExpiries(scene, store, some)),
        15,
      )
    },

    async 'keep every millisecond of a second'(scene) {
      const start = Date.UTC(2026, 5, 1)
      const store = scene.store({ clock: () => start - 1 })
      await keepsExpiries(
        scene,
        store,
        Array.from({ length: 1000 }, (_, ms) => start + ms),
      )
    },

    async 'live on when they end later than the column can hold'(scene) {
      const store = scene.store()
      await store.set('sid', sessionUntil(8.64e15, { for: 'ever' }))
      assert.deepEqual(contentsOf(await store.get('sid')), { for: 'ever' })
      assert.equal(await store.prune(), 0)
    },

    async 'are gone when they ended earlier than the column can hold'(scene) {
      const store = scene.store()
      await store.set('sid', sessionUntil(-8.64e15))
      assert.equal(await store.get('sid'), null)
      assert.equal(await store.prune(), 1)
    },
  },
}

async function eachComesBack(scene: Scene, values: readonly unknown[]): Promise<void> {
  const store = scene.store()
  for (const value of values) await comesBack(scene, store, value)
}
