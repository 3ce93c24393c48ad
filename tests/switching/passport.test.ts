import { KnexSessionStore } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Browser } from '../../packages/dialect-testkit/src/http/browser.js'
import { listen } from '../../packages/dialect-testkit/src/http/listen.js'
import { databases, uniqueTable } from '../rig/servers/databases.js'
import { waysToStore } from '../rig/ways-to-store.js'

interface User {
  readonly name: string
}

/** An app whose users log in and out by Passport. */
async function startApp(store: KnexSessionStore) {
  const auth = new passport.Passport()
  auth.serializeUser<string>((user, done) => done(null, (user as User).name))
  auth.deserializeUser<string>((name, done) => done(null, { name }))
  const held: (() => void)[] = []
  const app = express()
  app.use(session({ store, secret: 'of a test', resave: false, saveUninitialized: false }))
  app.use(auth.session())
  app.get('/', (request, response) => {
    const { user, sessionID, session } = request
    const { cart } = session as { cart?: string }
    response.json({ user: (user as User | undefined)?.name ?? null, sid: sessionID, cart })
  })
  app.post('/login/:name', (request, response, next) => {
    const keepSessionInfo = request.query['keep'] !== undefined
    request.login({ name: request.params.name }, { session: true, keepSessionInfo }, (error) => {
      if (error) next(error)
      else response.json({ sid: request.sessionID })
    })
  })
  app.post('/logout', (request, response, next) => {
    request.logout((error) => {
      if (error) next(error)
      else response.json({ sid: request.sessionID })
    })
  })
  app.post('/cart/:item', (request, response) => {
    Object.assign(request.session, { cart: request.params.item })
    response.json({})
  })
  // Waits with what it has loaded, and changes it then.
  app.post('/held', (request, response) => {
    held.push(() => {
      Object.assign(request.session, { visits: held.length })
      response.json({})
    })
  })
  return { ...(await listen(app)), held }
}

const ways = databases.flatMap((database) => waysToStore.map((way) => ({ ...database, ...way })))

describe.each(ways)('with Passport on $name, $how', ({ adapter, open, options }) => {
  const tableName = uniqueTable('passport')
  const { knex, close } = open()
  const store = new KnexSessionStore({
    ...options,
    ...{ knex, dialect: adapter, tableName, cleanupInterval: 0 },
  })
  let app: Awaited<ReturnType<typeof startApp>>
  beforeAll(async () => {
    app = await startApp(store)
  })
  afterAll(async () => {
    await app.close()
    await store.close()
    await knex.schema.dropTable(tableName)
    await close()
  })
  afterEach(() => store.clear())

  it('a log-in makes a new session, and only that one is there', async () => {
    const browser = new Browser(app.url)
    await browser.post('/cart/tea')
    const before = (await browser.get('/')).body
    expect(before).toMatchObject({ user: null, cart: 'tea' })
    const { sid } = (await browser.post('/login/ann')).body
    expect(sid).not.toBe(before['sid'])
    expect((await browser.get('/')).body).toMatchObject({ user: 'ann', sid })
    expect(await store.get(String(before['sid']))).toBeNull()
    expect(await store.length()).toBe(1)
  })

  it('a log-in that keeps what was in the session has it in the new one', async () => {
    const browser = new Browser(app.url)
    await browser.post('/cart/tea')
    await browser.post('/login/ann?keep')
    expect((await browser.get('/')).body).toMatchObject({ user: 'ann', cart: 'tea' })
    expect(await store.length()).toBe(1)
  })

  it('a log-out is final, whatever requests write that had loaded the session', async () => {
    const browser = new Browser(app.url)
    const sid = String((await browser.post('/login/ann')).body['sid'])
    const stale = browser.cookie
    const before = app.held.length
    const late = Array.from({ length: 20 }, () => new Browser(app.url, stale).post('/held'))
    while (app.held.length < before + 20) await new Promise((resolve) => setImmediate(resolve))
    expect((await browser.post('/logout')).status).toBe(200)
    for (const goOn of app.held.slice(before)) goOn()
    for (const { status } of await Promise.all(late)) expect(status).toBe(200)
    expect(await store.get(sid)).toBeNull()
    expect((await new Browser(app.url, stale).get('/')).body).toMatchObject({ user: null })
    expect((await browser.get('/')).body).toMatchObject({ user: null })
  })
})
