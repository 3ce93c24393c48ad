import assert from 'node:assert/strict'
import { encodeColumn, parameterOf, qualifiedName } from '@knex-session/core/dialect'
import type { Knex } from 'knex'
import type { Concern } from '../kit/concern.js'
import { errorOf, settled } from '../scene/outcomes.js'
import { canary, plainRows } from '../scene/rows.js'
import type { Scene } from '../scene/scene.js'
import { hour, sessionUntil } from '../scene/sessions.js'
import { assertSilent, errorsOfEveryCall } from '../scene/silent-errors.js'

const kinds = [
  'retryable',
  'locked',
  'duplicate',
  'sid-taken',
  'sid-impossible',
  'already-exists',
  'login-refused',
  'access-denied',
  'missing-table',
  'connection',
  'prepared-statement',
  'unsupported',
  'other',
]

/** A plain insert by the adapter's codecs, which fails when the sid is there. */
async function insert({ adapter, table, knex }: Scene): Promise<void> {
  const [row] = plainRows(1, (Date.now() + hour) as never)
  assert.ok(row)
  const cells = table.columns.map((column) => {
    const cell = encodeColumn(adapter, column, row) as Knex.Value
    return [column.name, knex.raw(parameterOf(adapter, column), [cell])] as const
  })
  const name = knex.raw(qualifiedName(adapter, table)) as unknown as string
  await knex.insert(Object.fromEntries(cells)).into(name)
}

/** Errors: classified by what the driver says of them, and silent about sessions. */
export const errors: Concern = {
  title: 'errors',
  pure: {
    'are classified whatever they are'({ adapter }) {
      const odd = [
        undefined,
        null,
        0,
        'text',
        Symbol('error'),
        {},
        [],
        () => undefined,
        new Error(),
        Object.create(null) as unknown,
      ]
      const codes = [undefined, null, 0, -1, NaN, '', 'UNKNOWN', {}, []].map((code) =>
        Object.assign(new Error('failed'), { code, errno: code, number: code, errorNum: code }),
      )
      for (const error of [...odd, ...codes]) assert.ok(kinds.includes(adapter.classify(error)))
    },

    'are not classified only by words, which a session could hold'({ adapter }) {
      const messages = [
        'deadlock detected',
        'Deadlock found when trying to get lock; try restarting transaction',
        'duplicate key value violates unique constraint',
        "Duplicate entry 'sid' for key 'PRIMARY'",
        'UNIQUE constraint failed: sessions.sid',
        'database is locked',
        'no such table: sessions',
        'relation "sessions" does not exist',
        "Table 'sessions' already exists",
        'ORA-00001: unique constraint violated',
        'ORA-00942: table or view does not exist',
      ]
      for (const message of messages)
        assert.equal(adapter.classify(new Error(message)), 'other', message)
    },
  },
  onDatabase: {
    async 'of a second insert are `duplicate`'(scene) {
      await scene.createTable()
      await insert(scene)
      assert.equal(scene.adapter.classify(await errorOf(insert(scene))), 'duplicate')
    },

    async 'of a missing table are `missing-table`, whatever the statement'(scene) {
      const { adapter, table } = scene
      const rows = plainRows(2, scene.at(0))
      const sids = rows.map((row) => row.sid)
      const statements = [
        adapter.upsert(table, rows),
        adapter.upsert(table, rows.slice(1)),
        adapter.queries?.touch?.statement(table, rows, scene.at(0), { durable: true }),
        adapter.queries?.touch?.statement(table, rows.slice(1), scene.at(0), { durable: false }),
        adapter.queries?.read?.statement(table, sids, scene.at(0)),
        adapter.queries?.read?.statement(table, sids.slice(1), scene.at(0)),
      ]
      for (const statement of statements) {
        if (statement)
          assert.equal(adapter.classify(await errorOf(scene.run(statement))), 'missing-table')
      }
      assert.equal(adapter.classify(await errorOf(scene.rows())), 'missing-table')
    },

    async 'of SQL that makes no sense are `unsupported`'(scene) {
      assert.equal(
        scene.adapter.classify(
          await errorOf(Promise.resolve(scene.knex.raw('selec nothing fro nowhere'))),
        ),
        'unsupported',
      )
    },

    async 'say nothing of a session when the table is missing'(scene) {
      await scene.createTable()
      const options = { createTable: false }
      const store = scene.store(options)
      await store.ready
      await scene.dropTable()
      const session = scene.session({ secret: canary })
      const inUse = await settled<unknown>([
        store.set(canary, session),
        store.get(canary),
        store.touch(canary, session),
        store.destroy(canary),
      ])
      assertSilent(inUse.map(({ error }) => error))
      assertSilent(await errorsOfEveryCall(scene, options))
    },

    async 'say nothing of a session when a column is missing'(scene) {
      await scene.createTable()
      const { knex, table } = scene
      const schema =
        table.schemaName === undefined ? knex.schema : knex.schema.withSchema(table.schemaName)
      await schema.alterTable(table.tableName, (columns) => {
        columns.dropColumn(table.column.sess.name)
      })
      const failures = await errorsOfEveryCall(scene, { createTable: false })
      assertSilent(failures)
      for (const batch of [true, false]) assertSilent(await errorsOfEveryCall(scene, { batch }))
    },

    async 'say nothing of a session that cannot be serialized or read'(scene) {
      const store = scene.store({
        serializer: {
          stringify: (session) => {
            if ('secret' in session) throw new Error(`cannot write ${canary}`)
            return JSON.stringify(session)
          },
          parse: () => {
            throw new Error(`cannot read ${canary}`)
          },
        },
      })
      const later = scene.clock.now() + hour
      await store.set(canary, sessionUntil(later, { text: canary }))
      assertSilent([
        await errorOf(store.set(canary, sessionUntil(later, { secret: 1 }))),
        await errorOf(store.get(canary)),
        await errorOf(store.all()),
        await errorOf(store.entries().next()),
      ])
      await assert.rejects(store.get(canary), { code: 'ERR_UNREADABLE_SESSION' })
    },
  },
}
