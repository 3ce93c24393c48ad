import assert from 'node:assert/strict'
import { qualifiedName, type SessionTable } from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { nested } from '../hostile/hostile-values.js'
import type { Scene } from '../scene/scene.js'
import { day, sessionUntil } from '../scene/sessions.js'

const numbers = Array.from(
  { length: 50 },
  (_, index) => Math.sin(index + 1) * 10 ** ((index % 40) - 20),
)

/** What sessions hold beside the user. */
const contents: Readonly<Record<string, unknown>> = {
  'nothing else': {},
  'a sum of decimals': 0.1 + 0.2,
  'a coordinate': 123.45678901234567,
  'a large number': 1e21,
  'whole numbers of 64 bits': [2 ** 53, -(2 ** 63), 1e19],
  'numbers of all sizes': [...numbers, Number.MAX_VALUE, Number.MIN_VALUE, -0.5, 1e-7],
  'text of all kinds': ['é', '漢', '🍪', '\u2028', '"quoted" \\ \n', 'x'.repeat(70_000)],
  'odd keys': { '': 1, ' ': 2, $: 3, 'a.b': 4, '10': 5, '9': 6 },
  '20 levels': nested(20, (inner) => ({ inner })),
  '60 levels': nested(60, (inner) => [inner]),
}

/** The user that the database finds in each session, by its id. */
async function usersIn(scene: Scene, table: SessionTable): Promise<ReadonlyMap<string, string>> {
  const { adapter, knex, target } = scene
  const sid = adapter.quoteIdentifier(table.column.sid.name)
  const user = target.userInJson?.(adapter.quoteIdentifier(table.column.sess.name)) ?? assert.fail()
  const from = knex.raw(qualifiedName(adapter, table)) as unknown as string
  const columns = [
    knex.raw(`${sid} as ${adapter.quoteIdentifier('sid')}`),
    knex.raw(`${user} as ${adapter.quoteIdentifier('user')}`),
  ]
  const rows: unknown = await knex.from(from).select(columns)
  return new Map(
    Array.from(rows as readonly { readonly sid: string; readonly user: unknown }[], (row) => [
      row.sid,
      String(row.user),
    ]),
  )
}

/** Sessions as JSON for the database's own functions. */
export const queriedJson: Concern = {
  title: 'a session',
  appliesTo: ({ userInJson }) => userInJson !== undefined,
  onDatabase: {
    async 'is JSON that the database can query, whatever it holds'(scene) {
      const store = scene.store()
      await store.ready
      const bare = scene.newTable()
      await scene.createTable(bare)
      const expires = scene.clock.now() + day
      const kept: string[] = []
      for (const [what, value] of Object.entries(contents)) {
        const session = sessionUntil(expires, { value, passport: { user: 'ann' } })
        await store.set(what, session)
        const { sid, sess, expired } = bare.column
        const end = scene.adapter.timestamp
        const row = {
          [sid.name]: what,
          [sess.name]: JSON.stringify(session),
          [expired.name]: scene.knex.raw(end.parameter, [end.encode(scene.at(day)) as string]),
        }
        const isTaken = await scene.knex
          .insert(row)
          .into(bare.tableName)
          .then(
            () => true,
            () => false,
          )
        if (isTaken) kept.push(what)
      }
      const unchanged = (await scene.rows(bare))
        .filter(({ sid, sess }) => isDeepEqual(JSON.parse(sess), sid, expires))
        .map(({ sid }) => sid)
      const asked = kept.filter((what) => unchanged.includes(what))
      assert.ok(asked.includes('nothing else'), 'the column gives back no JSON at all')
      const users = await usersIn(scene, scene.table)
      assert.deepEqual(
        asked.filter((what) => users.get(what) !== 'ann'),
        [],
      )
    },
  },
}

function isDeepEqual(read: unknown, what: string, expires: number): boolean {
  try {
    assert.deepStrictEqual(
      read,
      JSON.parse(
        JSON.stringify(sessionUntil(expires, { value: contents[what], passport: { user: 'ann' } })),
      ),
    )
    return true
  } catch {
    return false
  }
}
