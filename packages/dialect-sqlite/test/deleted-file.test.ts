import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { embedded } from '../src/embedded.js'
import { betweenLooks } from '../src/driver/moved-file.js'
import { sqlite } from '../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'knex-session-deleted-'))
afterAll(() => rmSync(folder, { recursive: true }))

// The store looks at the file now and then.
const now = performance.now.bind(performance)
let passed = 0
beforeAll(() => jest.spyOn(performance, 'now').mockImplementation(() => now() + passed))
const letItLook = (): void => void (passed += betweenLooks)

const session = (of: string) =>
  ({
    cookie: { expires: new Date(Date.now() + 3_600_000).toISOString() },
    of,
  }) as unknown as SessionData

interface Opened {
  readonly knex: Knex
  readonly store: KnexSessionStore
}

type Open = (filename: string) => Opened

const storeOn = (knex: Knex): Opened => {
  knex.client.logger.warn = () => undefined
  return {
    knex,
    store: new KnexSessionStore({
      knex,
      dialect: sqlite,
      cleanupInterval: 0,
      touchInterval: 0,
      onOutage: () => undefined,
    }),
  }
}

/** As the default configuration has it, by the other driver. */
const walBySqlite3 = (filename: string): Knex.Config => ({
  client: 'sqlite3',
  connection: { filename },
  useNullAsDefault: true,
  pool: {
    min: 0,
    max: 1,
    afterCreate: (
      database: { run: (sql: string, done: (error: unknown) => void) => void },
      done: (error: unknown, all: unknown) => void,
    ) => {
      database.run('pragma journal_mode = wal', (error) => done(error, database))
    },
  },
})

const openings: readonly (readonly [string, Open])[] = [
  [
    'a rollback journal',
    (filename) =>
      storeOn(
        createKnex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true }),
      ),
  ],
  // What a store without a `knex` works on.
  [
    'a write-ahead log',
    (filename) => storeOn(createKnex({ ...embedded(), connection: { filename } })),
  ],
  [
    'a write-ahead log, with statements by knex',
    (filename) =>
      storeOn(createKnex({ ...embedded(), connection: { filename } }).on('query', () => undefined)),
  ],
  [
    'a rollback journal, by sqlite3',
    (filename) =>
      storeOn(createKnex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true })),
  ],
  ['a write-ahead log, by sqlite3', (filename) => storeOn(createKnex(walBySqlite3(filename)))],
]

describe.each(openings)(
  'a file that is deleted while a store works on it, with %s',
  (journal, open) => {
    let opened: Opened
    let filename: string

    const begin = async (name: string): Promise<KnexSessionStore> => {
      filename = join(folder, `${journal.replaceAll(' ', '-')}-${name}.sqlite`)
      opened = open(filename)
      await opened.store.set('a', session('before'))
      return opened.store
    }

    afterEach(async () => {
      await opened.store.close()
      await opened.knex.destroy()
    })

    it.each(['set', 'touch', 'destroy', 'clear', 'prune'] as const)(
      'is made again, with its table, by the next write: %s',
      async (call) => {
        const store = await begin(call)
        rmSync(filename)
        letItLook()
        const calls = {
          set: () => store.set('a', session('after')),
          touch: () => store.touch('a', session('after')),
          destroy: () => store.destroy('a'),
          clear: () => store.clear(),
          prune: () => store.prune(),
        }
        await calls[call]()
        expect([call, existsSync(filename)]).toEqual([call, true])
        await store.set('b', session('after'))
        expect(await store.get('b')).toMatchObject({ of: 'after' })
        expect(await store.length()).toBe(call === 'set' ? 2 : 1)
      },
    )

    it('loses no write that was acknowledged after it, as the next start shows', async () => {
      const store = await begin('next-start')
      rmSync(filename)
      letItLook()
      await Promise.all(['b', 'c', 'd'].map((sid) => store.set(sid, session('after'))))
      await store.touch('c', session('after'))
      const next = open(filename)
      expect(await next.store.length()).toBe(3)
      await next.store.close()
      await next.knex.destroy()
    })

    it('is not read any more', async () => {
      const store = await begin('read')
      rmSync(filename)
      letItLook()
      expect(await store.get('a')).toBeNull()
      expect(existsSync(filename)).toBe(true)
    })

    it('is replaced by the file that was moved in its place', async () => {
      const store = await begin('replaced')
      const other = open(`${filename}.other`)
      await other.store.set('of another', session('restored'))
      await other.store.close()
      await other.knex.destroy()
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${filename}${suffix}`, { force: true })
      renameSync(`${filename}.other`, filename)
      letItLook()
      await store.touch('of another', session('after'))
      expect(await store.get('of another')).toMatchObject({ of: 'restored' })
      expect(await store.get('a')).toBeNull()
      expect(await store.length()).toBe(1)
    })
  },
)

it('does nothing to a database in memory', async () => {
  const { knex, store } = storeOn(
    createKnex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
    }),
  )
  await store.set('a', session('kept'))
  await store.clear()
  await store.set('b', session('kept'))
  expect(await store.get('b')).toMatchObject({ of: 'kept' })
  expect(await store.length()).toBe(1)
  await store.close()
  await knex.destroy()
})

it('works on a file that has another name than the working directory it was opened in says', async () => {
  const started = process.cwd()
  process.chdir(folder)
  try {
    const { knex, store } = storeOn(
      createKnex({ ...embedded(), connection: { filename: 'relative.sqlite' } }),
    )
    await store.ready
    process.chdir(started)
    await store.set('a', session('kept'))
    expect(await store.get('a')).toMatchObject({ of: 'kept' })
    expect(existsSync(join(started, 'relative.sqlite'))).toBe(false)
    await store.close()
    await knex.destroy()
  } finally {
    process.chdir(started)
  }
})
