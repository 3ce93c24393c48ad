import assert from 'node:assert/strict'
import { qualifiedName } from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { settled } from '../scene/outcomes.js'
import { plainRows } from '../scene/rows.js'
import { outputOf } from '../hostile/recorded-output.js'
import { contentsOf } from '../scene/sessions.js'
import { sessionOf, userId } from '../scene/users.js'

/**
 * The table: made where it is missing, by any number of stores, and not changed where it is there.
 */
export const tableSetup: Concern = {
  title: 'the table',
  onDatabase: {
    async 'is made by eight stores that start at once, and all of them work'(scene) {
      const session = (by: number) => scene.session({ by })
      for (let round = 0; round < 3; round++) {
        const stores = scene.stores(8)
        await Promise.all(
          stores.map((store, by) =>
            Promise.all([store.ready, store.set(`sid ${String(by)}`, session(by))]),
          ),
        )
        const read = await Promise.all(
          stores.map((store, by) => store.get(`sid ${String((by + 1) % 8)}`)),
        )
        assert.deepEqual(
          read.map(contentsOf),
          stores.map((_, by) => ({ by: (by + 1) % 8 })),
        )
        await Promise.all(stores.map((store) => store.close()))
        await scene.dropTable()
      }
    },

    async 'is made by the first call, whichever it is'(scene) {
      const session = scene.session()
      const store = scene.store()
      const calls = [
        () => store.get('sid'),
        () => store.touch('sid', session),
        () => store.destroy('sid'),
        () => store.length(),
        () => store.all(),
        () => store.ids(),
        () => store.entries().next(),
      ]
      for (const call of [
        ...calls,
        () => store.clear(),
        () => store.prune(),
        () => store.set('sid', session),
      ]) {
        await call()
        await scene.dropTable()
      }
    },

    async 'keeps its sessions when another store starts'(scene) {
      await scene.store().set('sid', scene.session({ user: 'ann' }))
      for (const createTable of [true, false]) {
        assert.deepEqual(contentsOf(await scene.store({ createTable }).get('sid')), { user: 'ann' })
      }
    },

    async 'is made again when it is dropped while stores work on it'(scene) {
      const stores = scene.stores(2)
      const session = scene.session()
      await Promise.all(stores.map((store) => store.set('sid', session)))
      await scene.dropTable()
      await Promise.all(stores.map((store, by) => store.set(`sid ${String(by)}`, session)))
      assert.deepEqual(
        (await scene.rows()).map((row) => row.sid),
        ['sid 0', 'sid 1'],
      )
    },

    async 'is made again however often it is dropped while stores work on it'(scene) {
      const stores = scene.stores(2)
      const knex = scene.capabilities.knexInstances < 2 ? scene.knex : scene.open()
      const session = scene.session()
      await Promise.all(stores.map((store) => store.ready))
      let drops = 0
      const drop = () =>
        knex.raw(`drop table ${qualifiedName(scene.adapter, scene.table)}`).then(
          () => drops++,
          // It is not there yet.
          () => undefined,
        )
      for (let round = 0; round < 30; round++) {
        const sets = stores.flatMap((store, by) =>
          ['a', 'b'].map((sid) => store.set(`${sid} ${String(by)}`, session)),
        )
        const dropped = [drop(), drop().then(drop).then(drop)]
        for (const { error } of await settled(sets)) assert.equal(error, undefined)
        await Promise.all(dropped)
      }
      assert.ok(drops >= 10, `it was dropped ${String(drops)} times only`)
    },

    async 'is not made with `createTable: false`, and is found once it is there'(scene) {
      const store = scene.store({ createTable: false })
      await assert.rejects(store.ready, { code: 'ERR_TABLE_MISSING', kind: 'missing-table' })
      const session = scene.session()
      const calls = [
        store.get('sid'),
        store.set('sid', session),
        store.touch('sid', session),
        store.destroy('sid'),
        store.prune(),
      ]
      for (const { error } of await settled<unknown>(calls))
        assert.equal((error as { code?: unknown }).code, 'ERR_TABLE_MISSING')
      await scene.createTable()
      await store.set('sid', session)
      assert.equal(await store.length(), 1)
    },

    async 'can be made by the statements of the error that says it is not there'(scene) {
      const store = scene.store({ userId, createTable: false })
      const error: unknown = await store.ready.then(
        () => undefined,
        (problem: unknown) => problem,
      )
      const { message = '' } = error as Partial<Error>
      const [, statements = ''] = /create it:\n([^]*;)(?:\nSee |$)/.exec(message) ?? []
      assert.ok(statements.includes(scene.table.tableName), `no statements in: ${message}`)
      // A block of statements is one, which has lines of its own.
      const isBlock = !statements.startsWith('create ')
      for (const statement of isBlock ? [statements] : statements.split('\n'))
        await scene.knex.raw(statement)
      await store.set('sid', sessionOf(scene, 'ann'))
      assert.equal(await store.sessionsOf('ann').count(), 1)
    },

    async 'is reported missing on the console once, unless the application awaits `ready`'(scene) {
      const reported = (heeded: boolean) =>
        outputOf(async () => {
          const store = scene.store({ createTable: false, timeout: 1_000 })
          if (heeded) await store.ready.catch(() => undefined)
          await settled([store.get('sid'), store.get('another')])
          await store.close()
        })
      const lines = async (heeded: boolean) =>
        (await reported(heeded))
          .split('\n')
          .filter((line) => line.includes('[knex-session]') && line.includes(scene.table.tableName))
      const [line = '', ...more] = await lines(false)
      assert.match(line, /there is no table .*create it/)
      assert.deepEqual(more, [])
      assert.deepEqual(await lines(true), [])
    },

    async 'can be made twice by the adapter’s statements, or the second time is `already-exists`'(
      scene,
    ) {
      await scene.createTable()
      const probe = scene.adapter.server?.probe
      const server = probe ? probe.answer(await scene.run(probe.statement(scene.table))) : {}
      for (const statement of scene.adapter.createTable(scene.table, server)) {
        await scene.run(statement).catch((error: unknown) => {
          assert.equal(scene.adapter.classify(error), 'already-exists')
        })
      }
      assert.equal(await scene.store().length(), 0)
    },
  },
}

/** What the database user may do with the table, where the adapter can ask. */
export const rightsOnTable: Concern = {
  title: 'the rights on the table',
  appliesTo: ({ adapter }) => adapter.server?.rights !== undefined,
  onDatabase: {
    async 'are asked for by statements that change nothing, and whoever made the table has them'(
      scene,
    ) {
      const rights = scene.adapter.server?.rights ?? assert.fail()
      await scene.createTable()
      await scene.write(plainRows(3, scene.at(0)))
      const before = await scene.rows()
      const results: unknown[] = []
      for (const statement of rights.statements(scene.table))
        results.push(await scene.run(statement))
      assert.equal(rights.answer(results, scene.table), undefined)
      assert.deepEqual(await scene.rows(), before)
    },
  },
}
