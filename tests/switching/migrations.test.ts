import { KnexSessionStore } from '@knex-session/core'
import {
  addSessionColumns,
  createSessionTable,
  dropSessionTable,
} from '@knex-session/core/migration'
import createKnex, { type Knex } from 'knex'
import { sessionOf } from '../rig/session-of.js'
import { databases, uniqueTable } from '../rig/servers/databases.js'

/** Migrations as `knex migrate` reads them from a folder. */
class Migrations implements Knex.MigrationSource<string> {
  readonly #all: Readonly<Record<string, Knex.Migration>>

  constructor(all: Readonly<Record<string, Knex.Migration>>) {
    this.#all = all
  }

  getMigrations(): Promise<string[]> {
    return Promise.resolve(Object.keys(this.#all))
  }

  getMigrationName(name: string): string {
    return name
  }

  getMigration(name: string): Promise<Knex.Migration> {
    return Promise.resolve(this.#all[name]!)
  }
}

describe.each(databases)('migrations of an application on $name', ({ adapter, open }) => {
  const { knex, close } = open()
  const [tableName, shop] = [uniqueTable('migrated'), uniqueTable('shop')]
  const userId = (session: object) => (session as { user?: string }).user
  const table = { dialect: adapter, tableName, cleanupInterval: 0 }
  const config = {
    tableName: uniqueTable('migrations'),
    migrationSource: new Migrations({
      '1_shop_and_sessions': {
        async up(knex) {
          await knex.schema.createTable(shop, (columns) => columns.increments())
          await createSessionTable(knex, table)
        },
        async down(knex) {
          await dropSessionTable(knex, table)
          await knex.schema.dropTable(shop)
        },
      },
      '2_users_of_sessions': {
        up: async (knex) => {
          await addSessionColumns(knex, { ...table, userId })
        },
        down: (knex) =>
          knex.schema.alterTable(tableName, (columns) =>
            columns.dropColumns('user_id', 'created_at', 'last_seen_at'),
          ),
      },
    }),
  }
  const migrate = (): Knex.Migrator => knex.migrate

  afterAll(async () => {
    for (const name of [config.tableName, `${config.tableName}_lock`])
      await knex.schema.dropTableIfExists(name)
    await close()
  })

  it('make the session table with the others, take it away, and make it again', async () => {
    for (let round = 0; round < 2; round++) {
      await migrate().up(config)
      const before = new KnexSessionStore({ ...table, knex, createTable: false })
      await before.set('sid', sessionOf({ user: 'ann' }))
      await before.close()
      await migrate().up(config)
      await migrate().down(config)
      await migrate().latest(config)
      const store = new KnexSessionStore({ ...table, knex, userId, createTable: false })
      await store.set('new', sessionOf({ user: 'ann' }))
      expect(await store.length()).toBe(2)
      expect(await store.sessionsOf('ann').count()).toBe(1)
      await store.close()
      await migrate().rollback(config, true)
      expect(await knex.schema.hasTable(tableName)).toBe(false)
      expect(await knex.schema.hasTable(shop)).toBe(false)
    }
  })
})

it.each([
  ['a wrong name', { tablName: 'sessions' }, /option `tablName`.*`tableName`/],
  ['a wrong value', { userId: 'user_id' }, /option `userId`: expected a function/],
  ['a knex instance that is none', undefined, /option `knex`/],
])('a migration with %s is refused by name', async (_, options, message) => {
  const knex = options && createKnex({ client: 'pg' })
  const error = { code: 'ERR_INVALID_OPTION', message: expect.stringMatching(message) }
  await expect(createSessionTable(knex as never, options as never)).rejects.toMatchObject(error)
})
