import { KnexSessionStore } from '@knex-session/core'
import { MemoryStore, type SessionOptions, type Store } from 'express-session'
import { Browser } from '../../packages/dialect-testkit/src/http/browser.js'
import { databases, uniqueTable } from '../rig/servers/databases.js'
import { startSessionApp } from '../rig/session-app.js'
import { waysToStore } from '../rig/ways-to-store.js'

/** What visitors do, each with a browser of his own: everything that a session can do or suffer. */
const visits: readonly (readonly string[])[] = [
  ['GET /', 'POST /put/a/1', 'GET /', 'POST /put/a/1', 'POST /put/b/2', 'GET /'],
  ['POST /put-and-take-back', 'GET /', 'POST /touch', 'GET /'],
  ['POST /save', 'GET /', 'POST /save', 'POST /save-twice', 'GET /'],
  ['POST /save-twice', 'GET /', 'POST /save-and-change', 'GET /'],
  ['POST /save-twice-at-once', 'GET /', 'POST /save-twice-at-once', 'GET /'],
  ['POST /put/a/1', 'POST /reload', 'GET /', 'POST /touch', 'POST /touch', 'GET /'],
  ['POST /put/a/1', 'POST /regenerate', 'GET /', 'POST /regenerate-and-leave', 'GET /'],
  ['POST /regenerate', 'POST /save', 'GET /'],
  ['POST /put/a/1', 'POST /destroy', 'GET /', 'POST /put/b/1', 'POST /reload-ended', 'GET /'],
  ['POST /destroy', 'POST /null', 'POST /delete', 'GET /'],
  ['POST /put/a/1', 'POST /null', 'GET /', 'POST /put/a/1', 'POST /delete', 'GET /'],
  ['POST /put/a/1', 'POST /remember/30000', 'GET /', 'POST /put/b/1', 'GET /'],
  ['POST /browser-session', 'GET /', 'POST /put/c/1', 'GET /'],
  ['POST /in-parts', 'GET /', 'POST /fail', 'GET /', 'POST /fail'],
  ['POST /put/a/1', 'stranger', 'GET /', 'POST /put/a/2', 'forged', 'GET /', 'POST /put/a/3'],
]

/** The options of express-session that say what is written, and which answers have a cookie. */
const settings: readonly Partial<SessionOptions>[] = [
  { resave: false, saveUninitialized: false, rolling: false, unset: 'keep' },
  { resave: true, saveUninitialized: true, rolling: false, unset: 'destroy' },
  { resave: false, saveUninitialized: true, rolling: true, unset: 'destroy' },
  { resave: true, saveUninitialized: false, rolling: true, unset: 'keep' },
]

/** Everything that visitors see, and how many sessions there are after each request. */
async function seenWith(
  store: Store,
  options: Partial<SessionOptions>,
): Promise<readonly string[]> {
  const app = await startSessionApp(store, options)
  const sids: string[] = []
  const numberOf = (sid: unknown) => {
    if (typeof sid !== 'string') return 'none'
    if (!sids.includes(sid)) sids.push(sid)
    return sids.indexOf(sid)
  }
  const count = () =>
    new Promise<number>((resolve, reject) => {
      store.length?.((error: unknown, length = 0) => {
        if (error) reject(error)
        else resolve(length)
      })
    })
  const seen: string[] = []
  try {
    for (const steps of visits) {
      const browser = new Browser(app.url)
      for (const step of steps) {
        if (step === 'stranger') browser.cookie = 'connect.sid=s%3Anobody.has-signed-this'
        if (step === 'forged') browser.cookie = browser.cookie?.slice(0, -3)
        const [method, path] = step.split(' ')
        if (path === undefined) continue
        const { status, body, setCookie } = await (method === 'GET'
          ? browser.get(path)
          : browser.post(path))
        const { sid, ...others } = body
        const cookie = setCookie?.replace(/=[^;]*|GMT/g, '').trim() ?? 'none'
        const all = JSON.stringify(others)
        seen.push(
          `${step}: ${String(status)} ${String(numberOf(sid))} ${all}, cookie ${cookie}, ${String(await count())} sessions`,
        )
      }
    }
  } finally {
    await app.close()
  }
  return seen
}

const byItsOwn = new Map<object, Promise<readonly string[]>>()

/** What visitors see with express-session's own store, asked once. */
function seenByItsOwn(setting: Partial<SessionOptions>): Promise<readonly string[]> {
  const seen = byItsOwn.get(setting) ?? seenWith(new MemoryStore(), setting)
  byItsOwn.set(setting, seen)
  return seen
}

const ways = databases.flatMap((database) => waysToStore.map((way) => ({ ...database, ...way })))

describe.each(ways)('express-session on $name, $how', ({ adapter, open, how, options }) => {
  const { knex, close } = open()
  const tableName = uniqueTable('express_session')
  const store = new KnexSessionStore({
    ...options,
    ...{ knex, dialect: adapter, tableName, cleanupInterval: 0 },
  })
  afterEach(() => store.removeAllListeners().clear())
  afterAll(async () => {
    await store.close()
    await knex.schema.dropTable(tableName)
    await close()
  })

  // The first has all settings, the others what is written the most and the least often.
  it.each(how === 'plainly' ? settings : settings.slice(0, 2))(
    'does as with its own store: resave $resave, saveUninitialized $saveUninitialized, rolling $rolling, unset $unset',
    async (setting) => {
      const expected = await seenByItsOwn(setting)
      expect(await seenWith(store, setting)).toEqual(expected)
      expect(expected.length).toBeGreaterThan(60)
      expect(store.lateWrites).toBe(0)
    },
  )
})
