import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex from 'knex'
import { sqlite } from '../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'knex-session-deleted-'))
afterAll(() => rmSync(folder, { recursive: true }))

const session = (of: string) => ({ cookie: { expires: new Date(Date.now() + 3_600_000).toISOString() }, of }) as unknown as SessionData

describe('a file that is deleted while a store works on it', () => {
  it.each(['set', 'touch', 'destroy', 'clear', 'prune'] as const)('is made again, with its table, by the next write: %s', async (call) => {
    const filename = join(folder, `${call}.sqlite`)
    const knex = createKnex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true })
    const store = new KnexSessionStore({ knex, dialect: sqlite, cleanupInterval: 0, touchInterval: 0, onOutage: () => undefined })
    try {
      await store.set('a', session('before'))
      rmSync(filename)
      const calls = {
        set: () => store.set('a', session('after')),
        touch: () => store.touch('a', session('after')),
        destroy: () => store.destroy('a'),
        clear: () => store.clear(),
        prune: () => store.prune(),
      }
      await calls[call]()
      await store.set('b', session('after'))
      expect(await store.get('b')).toMatchObject({ of: 'after' })
      expect([call, existsSync(filename)]).toEqual([call, true])
      expect(await store.length()).toBe(call === 'set' ? 2 : 1)
    } finally {
      await store.close()
      await knex.destroy()
    }
  })
})
