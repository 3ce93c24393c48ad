import assert from 'node:assert/strict'
import {
  addSessionColumns,
  checkSessionTable,
  createSessionTable,
  dropSessionTable,
  type SessionTableOptions,
} from '@knex-session/core/migration'
import type { Knex } from 'knex'
import type { Concern } from '../kit/concern.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour } from '../scene/sessions.js'
import { sessionOf, userId } from '../scene/users.js'

/** What a migration of the scene's table is given. */
function optionsOf(scene: Scene, options: SessionTableOptions = {}): SessionTableOptions {
  return { dialect: scene.adapter, tableName: scene.table.tableName, ...options }
}

/** Each migration by itself: outside a transaction, and in one, as `knex migrate` has it. */
const ways: readonly ((
  knex: Knex,
  migration: (knex: Knex) => Promise<unknown>,
) => Promise<unknown>)[] = [
  (knex, migration) => migration(knex),
  (knex, migration) => knex.transaction((transaction) => migration(transaction)),
]

const everyFeature = { userId: true, absoluteTtl: true, onConflict: true } as const

/** One thing is missing, and the statements of the check make it. */
async function isMendedByStatements(scene: Scene, about: string): Promise<void> {
  const problems = () => checkSessionTable(scene.knex, optionsOf(scene, everyFeature))
  const [missing, ...others] = await problems()
  assert.deepEqual([missing?.about, others], [about, []])
  for (const statement of missing?.statements ?? []) await scene.knex.raw(statement)
  assert.deepEqual(await problems(), [])
}

/** Changes of the table in the application's own migrations. */
export const migrations: Concern = {
  title: 'a migration',
  onDatabase: {
    async 'makes the table, removes it and makes it again, each once, and a store works on it'(
      scene,
    ) {
      const options = optionsOf(scene, { userId })
      const session = sessionOf(scene, 'ann')
      for (const migrate of ways) {
        for (let round = 0; round < 2; round++) {
          for (const made of [true, false])
            assert.equal(
              await migrate(scene.knex, (knex) => createSessionTable(knex, options)),
              made,
            )
          const store = scene.store({ userId, createTable: false })
          await store.set('sid', session)
          assert.equal(await store.sessionsOf('ann').count(), 1)
          for (const there of [true, false])
            assert.equal(
              await migrate(scene.knex, (knex) => dropSessionTable(knex, options)),
              there,
            )
          assert.equal(await scene.exists(scene.table.tableName), false)
        }
      }
    },

    async 'is told that the table is missing, with the statements that make it'(scene) {
      await isMendedByStatements(scene, 'table')
    },

    async 'changes no table of something else, and adds no column where there is no table'(scene) {
      const options = optionsOf(scene, { userId: true })
      await assert.rejects(addSessionColumns(scene.knex, options), { code: 'ERR_TABLE_MISSING' })
      await scene.knex.schema.createTable(scene.table.tableName, (columns) => {
        columns.string(scene.table.column.sid.name)
      })
      for (const migrate of ways)
        for (const change of [createSessionTable, addSessionColumns, dropSessionTable])
          await assert.rejects(
            migrate(scene.knex, (knex) => change(knex, options)),
            { code: 'ERR_DATABASE', message: /'sess', 'expired'.*`tableName`/ },
          )
      assert.equal(await scene.exists(scene.table.tableName), true)
    },
  },
}

/** The columns of options, where the adapter can add them. */
export const addedColumns: Concern = {
  title: 'a migration that adds columns',
  appliesTo: ({ adapter }) => adapter.addColumns !== undefined,
  onDatabase: {
    async 'adds the columns of an option to a table that is there, once, and keeps its sessions'(
      scene,
    ) {
      for (const migrate of ways) {
        await scene.createTable()
        await scene.store().set('old', scene.session({ user: 'ann' }))
        const added = (options: SessionTableOptions) =>
          migrate(scene.knex, (knex) => addSessionColumns(knex, optionsOf(scene, options)))
        assert.deepEqual(await added({}), [])
        assert.deepEqual(await added({ absoluteTtl: true }), ['created_at'])
        assert.deepEqual(await added(everyFeature), ['user_id', 'last_seen_at', 'version'])
        assert.deepEqual(await added(everyFeature), [])
        const store = scene.store({ userId, absoluteTtl: hour, onConflict: 'reject' })
        assert.deepEqual(contentsOf(await store.get('old')), { user: 'ann' })
        await store.set('new', sessionOf(scene, 'ann'))
        assert.equal(await store.sessionsOf('ann').count(), 1)
        await scene.dropTable()
      }
    },

    async 'is told which columns a table lacks, with the statements that add them'(scene) {
      await scene.createTable()
      await isMendedByStatements(scene, 'columns')
    },

    async 'goes on in its transaction after it found no such column'(scene) {
      await scene.createTable()
      await scene.knex.transaction(async (transaction) => {
        const options = optionsOf(scene, everyFeature)
        await assert.rejects(createSessionTable(transaction, options), {
          code: 'ERR_DATABASE',
          message: /'user_id'.*`addSessionColumns`/,
        })
        await addSessionColumns(transaction, options)
        assert.equal(await createSessionTable(transaction, options), false)
      })
    },
  },
}
