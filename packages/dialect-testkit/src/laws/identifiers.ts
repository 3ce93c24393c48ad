import assert from 'node:assert/strict'
import type { ColumnNames, SessionTable, SessionTableNames } from '@knex-session/core/dialect'
import fc from 'fast-check'
import {
  columnNames,
  hostileNames,
  ordinaryNames,
  reservedWords,
  temporaryMarks,
} from '../hostile/names.js'
import type { Concern } from '../kit/concern.js'
import { contentsOfEach } from '../scene/each.js'
import { forEvery } from '../scene/property.js'
import { uniqueName, type Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

/** Whether a name is refused before anything is sent; when it is not, everything must work. */
async function worksOrIsRefused(
  scene: Scene,
  names: SessionTableNames,
): Promise<'works' | 'refused'> {
  if (isRefused(scene, names)) return 'refused'
  await works(scene, scene.newTable(names))
  return 'works'
}

function isRefused(
  { adapter }: Scene,
  { tableName = 'sessions', columns = {} }: SessionTableNames,
): boolean {
  try {
    for (const name of [tableName, columns.sid, columns.sess]) adapter.quoteIdentifier(String(name))
    return false
  } catch (error) {
    assert.ok(
      error instanceof TypeError,
      'a name that the database cannot take is refused by a TypeError',
    )
    return true
  }
}

/** Columns whose names differ in their ends. */
function alike(name: string): ColumnNames {
  return { sid: name, sess: `${name}2`, expired: `${name}3` }
}

/** Every kind of statement on a table, one row and several rows at a time. */
async function works(scene: Scene, table: SessionTable): Promise<void> {
  const store = scene.store({}, table)
  const later = scene.clock.now() + hour
  await store.ready
  await Promise.all(['a', 'b', 'c'].map((sid) => store.set(sid, sessionUntil(later, { sid }))))
  await store.set('a', sessionUntil(later, { sid: 'a', again: true }))
  await store.touch('a', sessionUntil(later + hour))
  await Promise.all(['b', 'c'].map((sid) => store.touch(sid, sessionUntil(later + hour))))
  assert.deepEqual(contentsOf(await store.get('a')), { sid: 'a', again: true }, table.tableName)
  assert.deepEqual(await contentsOfEach(store, ['b', 'c']), [{ sid: 'b' }, { sid: 'c' }])
  assert.equal(await store.destroy('b'), 1)
  assert.deepEqual(
    (await scene.rows(table)).map((row) => [row.sid, row.expired]),
    [
      ['a', later + hour],
      ['c', later + hour],
    ],
  )
  assert.equal((await store.all()).length, 2)
  assert.deepEqual((await store.ids()).sort(), ['a', 'c'])
  assert.equal((await store.entries().next()).done, false)
  assert.equal(await store.length(), 2)
  await store.touch('c', sessionUntil(scene.clock.now() - hour))
  assert.equal(await store.prune(), 1)
  assert.equal(await store.clear(), 1)
}

/** The first of the names that no table has, so that nobody else's table is used. */
async function freeName(scene: Scene, names: readonly string[]): Promise<string> {
  for (const name of names) {
    if (!(await scene.exists(name))) return name
  }
  throw new Error('the database has tables of all the names that are tried')
}

/** Identifiers: hostile names work or are refused, and never mean another table. */
export const identifiers: Concern = {
  title: 'names of tables and columns',
  pure: {
    'are quoted so that two names never become one'({ adapter }) {
      const quoted = (name: string) => {
        try {
          return adapter.quoteIdentifier(name)
        } catch (error) {
          assert.ok(error instanceof TypeError)
          return undefined
        }
      }
      const name = fc.string({
        unit: fc.constantFrom(
          'a',
          'A',
          '"',
          '`',
          "'",
          '[',
          ']',
          '\\',
          '.',
          ' ',
          ';',
          '-',
          'é',
          '🍪',
          '\0',
        ),
        maxLength: 8,
      })
      forEvery(
        fc.property(name, name, (one, other) => {
          const [first, second] = [quoted(one), quoted(other)]
          if (one === other) assert.equal(first, second)
          else assert.ok(first === undefined || first !== second)
        }),
        1_000,
      )
    },

    'are refused when they are empty'({ adapter }) {
      assert.throws(() => adapter.quoteIdentifier(''), TypeError)
    },
  },
  onDatabase: {
    async 'may have capitals, blanks, dots, dashes and letters of any script'(scene) {
      for (const name of ordinaryNames) {
        assert.equal(
          await worksOrIsRefused(scene, { tableName: `${name}${uniqueName('')}` }),
          'works',
          name,
        )
      }
    },

    async 'may be words of SQL'(scene) {
      const tableName = await freeName(scene, reservedWords)
      assert.equal(await worksOrIsRefused(scene, { tableName }), 'works')
    },

    async 'work or are refused when they hold quotes, comments and placeholders'(scene) {
      for (const name of hostileNames)
        await worksOrIsRefused(scene, { tableName: `${uniqueName('h')}${name}` })
    },

    async 'work or are refused when they begin as those of temporary tables do'(scene) {
      for (const mark of temporaryMarks)
        await worksOrIsRefused(scene, { tableName: `${mark}${uniqueName('t')}` })
    },

    async 'are those that columns are given'(scene) {
      for (const name of columnNames)
        assert.equal(
          await worksOrIsRefused(scene, { tableName: uniqueName('c'), columns: alike(name) }),
          'works',
          name,
        )
    },

    async 'work or are refused when columns have hostile ones'(scene) {
      for (const name of hostileNames)
        await worksOrIsRefused(scene, { tableName: uniqueName('c'), columns: alike(name) })
    },

    async 'work or are refused when they are long'(scene) {
      for (const length of [30, 31, 63, 64, 65, 127, 128, 129]) {
        await worksOrIsRefused(scene, { tableName: uniqueName('long').padEnd(length, 'x') })
        await worksOrIsRefused(scene, { tableName: uniqueName('long').padEnd(length, 'é') })
      }
    },

    async 'distinguish long tables that begin alike'(scene) {
      const start = uniqueName('alike').padEnd(61, 'x')
      const names = [{ tableName: `${start}-1` }, { tableName: `${start}-2` }].filter(
        (each) => !isRefused(scene, each),
      )
      await Promise.all(names.map((each) => works(scene, scene.newTable(each))))
    },
  },
}

/** A second schema beside the connection's own. */
export const schemas: Concern = {
  title: 'a table in another schema',
  appliesTo: ({ schemaName }) => schemaName !== undefined,
  onDatabase: {
    async 'works like one in the usual schema'(scene) {
      await works(
        scene,
        scene.newTable({ schemaName: scene.target.schemaName, tableName: uniqueName('away') }),
      )
    },

    async 'is another than the one of the same name in the usual schema'(scene) {
      const tableName = uniqueName('twin')
      const [home, away] = [
        scene.newTable({ tableName }),
        scene.newTable({ schemaName: scene.target.schemaName, tableName }),
      ]
      const [atHome, abroad] = [scene.store({}, home), scene.store({}, away)]
      const later = scene.clock.now() + hour
      await atHome.set('sid', sessionUntil(later, { at: 'home' }))
      assert.equal(await abroad.get('sid'), null)
      await abroad.set('sid', sessionUntil(later, { at: 'away' }))
      assert.equal(await abroad.destroy('sid'), 1)
      assert.deepEqual(contentsOf(await atHome.get('sid')), { at: 'home' })
      assert.equal(await atHome.destroy('sid'), 1)
      await Promise.all([works(scene, home), works(scene, away)])
    },

    async 'is not made again under a name with a dot, and the error says how to write the schema'(
      scene,
    ) {
      const { schemaName = '' } = scene.target
      // A name with another dot is no schema's.
      if (schemaName.includes('.')) return
      const table = scene.newTable({ schemaName })
      await scene.createTable(table)
      const tableName = `${schemaName}.${table.tableName}`
      for (const createTable of [true, false]) {
        await assert.rejects(
          scene.store({ createTable, tableName }).ready,
          (error: Error & { code?: unknown }) => {
            assert.equal(error.code, 'ERR_TABLE_MISSING')
            return error.message.includes(
              `write \`schemaName: '${schemaName}', tableName: '${table.tableName}'\``,
            )
          },
        )
      }
      // One that is really called so stays as it is.
      const literal = scene.newTable({ tableName: `${schemaName}.${uniqueName('laws')}` })
      const store = scene.store({}, literal)
      await store.set('sid', scene.session({ of: 'literal' }))
      assert.deepEqual(contentsOf(await store.get('sid')), { of: 'literal' })
    },
  },
}
