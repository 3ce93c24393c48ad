import assert from 'node:assert/strict'
import type { SessionOptions } from 'express-session'
import { logIn, sidIn, withApp } from '../http/app-scene.js'
import { Browser } from '../http/browser.js'
import type { Concern } from '../kit/concern.js'
import { startApp } from '../http/http-app.js'
import { numbered } from '../scene/each.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, cookieOf, expiryIn, hour, minute } from '../scene/sessions.js'

/** The laws of a login, by the options that change what express-session writes. */
function loginLaw(options: Partial<SessionOptions>): (scene: Scene) => Promise<void> {
  return withApp(options, async ({ store, app, browser }) => {
    const stranger = await browser.get('/')
    assert.equal(stranger.body['user'], null)
    assert.equal(await store.length(), options.saveUninitialized ? 1 : 0)
    assert.equal(stranger.setCookie !== undefined, options.saveUninitialized)
    const sid = await logIn(browser)
    assert.notEqual(sid, sidIn(stranger), 'a login must change the id')
    assert.equal(await store.get(sidIn(stranger)), null)
    for (let visits = 1; visits <= 3; visits++)
      assert.deepEqual((await browser.post('/visit')).body, { sid, visits })
    assert.deepEqual((await browser.get('/')).body, { sid, user: 'ann', visits: 3 })
    assert.deepEqual(contentsOf(await store.get(sid)), { user: 'ann', visits: 3 })
    assert.equal(await store.length(), 1)
    assert.deepEqual(app.errors, [])
  })
}

/** express-session 1.19 on Express 5, over HTTP. */
export const expressApp: Concern = {
  title: 'an Express app',
  onDatabase: {
    'logs in with a new id and remembers the user': loginLaw({
      resave: false,
      saveUninitialized: false,
    }),
    'logs in with a new id and remembers the user, every session saved': loginLaw({
      resave: false,
      saveUninitialized: true,
    }),
    'logs in with a new id and remembers the user, saved at every request': loginLaw({
      resave: true,
      saveUninitialized: false,
    }),
    'logs in with a new id and remembers the user, all of both': loginLaw({
      resave: true,
      saveUninitialized: true,
    }),

    'gives a stranger’s id no session': withApp({}, async ({ store, browser, app }) => {
      const sid = await logIn(browser)
      assert.equal(await store.destroy(sid), 1)
      const answer = await browser.get('/')
      assert.equal(answer.body['user'], null)
      assert.notEqual(sidIn(answer), sid)
      assert.equal(
        (await new Browser(app.url, `connect.sid=s%3A${sid}.forged`).get('/')).body['user'],
        null,
      )
    }),

    'never mixes two users up': withApp({}, async ({ browser, app }) => {
      const other = new Browser(app.url)
      await Promise.all([logIn(browser, 'ann'), logIn(other, 'bob')])
      const [ann, bob] = await Promise.all([browser.get('/'), other.get('/')])
      assert.deepEqual([ann.body['user'], bob.body['user']], ['ann', 'bob'])
    }),

    'reads and saves the session of the right request, however many overlap': withApp(
      {},
      async ({ app }) => {
        const names = numbered(20, 'request-')
        const browsers = names.map(() => new Browser(app.url))
        await Promise.all(browsers.map((each) => logIn(each)))
        const answers = await Promise.all(
          browsers.map((each, index) => each.get(`/whose/${names[index] as string}`)),
        )
        assert.deepEqual(
          answers.map(({ body }) => body),
          names.map((name) => ({ name, read: name, saved: name })),
        )
      },
    ),

    'lists and counts the sessions of its users, and ends all of them': withApp(
      {},
      async ({ store, browser, app }) => {
        const browsers = [browser, new Browser(app.url), new Browser(app.url)]
        const users = ['ann', 'bob', 'cat']
        await Promise.all(browsers.map((each, index) => logIn(each, users[index])))
        const listed = await store.all()
        assert.deepEqual(listed.map((session) => contentsOf(session)?.['user']).sort(), users)
        assert.equal(await store.length(), 3)
        assert.equal(await store.clear(), 3)
        for (const each of browsers) assert.equal((await each.get('/')).body['user'], null)
        assert.equal(await store.length(), 0)
      },
    ),

    'logs out for good, also for a browser that keeps the cookie': withApp(
      {},
      async ({ store, browser, app }) => {
        const sid = await logIn(browser)
        const kept = new Browser(app.url, browser.cookie)
        assert.equal((await browser.post('/logout')).status, 200)
        assert.equal(await store.get(sid), null)
        const answer = await kept.get('/')
        assert.equal(answer.body['user'], null)
        assert.notEqual(sidIn(answer), sid)
        assert.equal(await store.length(), 0)
      },
    ),

    'moves the expiry when only the cookie changes, and leaves the contents': withApp(
      {},
      async ({ store, browser }) => {
        const sid = await logIn(browser)
        const loggedIn = await store.get(sid)
        const before = Date.now()
        await browser.post(`/stay/${String(7 * hour)}`)
        const session = await store.get(sid)
        assert.ok(
          expiryIn(session) >= before + 7 * hour && expiryIn(session) <= Date.now() + 7 * hour,
        )
        assert.equal(session?.cookie.originalMaxAge, loggedIn?.cookie.originalMaxAge)
        assert.deepEqual(contentsOf(session), { user: 'ann' })
      },
    ),

    'sends the cookie with every answer when it is rolling': withApp(
      { rolling: true },
      async ({ browser }) => {
        await logIn(browser)
        const cookies = [
          await browser.get('/'),
          await browser.post('/visit'),
          await browser.get('/'),
        ].map((answer) => answer.setCookie)
        assert.ok(cookies.every((cookie) => cookie?.includes('Expires=')))
      },
    ),

    'sends the cookie once when it is not rolling': withApp({}, async ({ browser }) => {
      await logIn(browser)
      assert.equal((await browser.get('/')).setCookie, undefined)
    }),

    'keeps a browser session one, for a ttl from its last visit': withApp(
      { cookie: {} },
      async ({ scene, store, browser }) => {
        scene.clock.set(Date.now())
        const login = await browser.post('/login/ann')
        assert.ok(login.setCookie !== undefined && !login.setCookie.includes('Expires='))
        for (let visit = 0; visit < 3; visit++) {
          scene.clock.advance(24 * hour - minute)
          assert.equal((await browser.get('/')).body['user'], 'ann')
        }
        assert.equal(cookieOf(await store.get(sidIn(login))).expires, null)
        scene.clock.advance(24 * hour)
        assert.equal((await browser.get('/')).body['user'], null)
      },
    ),

    'forgets a session that has expired, and its id': withApp(
      {},
      async ({ scene, store, browser }) => {
        const sid = await logIn(browser)
        scene.clock.set(Date.now() + hour)
        const answer = await browser.get('/')
        assert.equal(answer.body['user'], null)
        assert.notEqual(sidIn(answer), sid)
        assert.ok((await store.prune()) >= 1)
      },
    ),

    'removes the row when unset says destroy, and keeps it otherwise': async (scene) => {
      for (const unset of ['destroy', 'keep'] as const) {
        await withApp({ unset }, async ({ store, browser }) => {
          const sid = await logIn(browser)
          await browser.post('/forget')
          assert.equal((await store.get(sid)) === null, unset === 'destroy')
        })(scene)
      }
    },

    'has saved the session when save calls back': withApp({}, async ({ store, browser }) => {
      const sid = await logIn(browser)
      assert.equal((await browser.post('/save')).status, 200)
      assert.deepEqual(contentsOf(await store.get(sid)), { user: 'ann', visits: 1000 })
    }),

    'gives its error handler the error of a row without a cookie': withApp(
      {},
      async ({ scene, browser, app }) => {
        const sid = await logIn(browser)
        await scene.write([{ sid, sess: '{"user":"ann"}', expired: scene.at(hour) }])
        assert.equal((await browser.get('/')).status, 500)
        assert.equal(app.errors.length, 1)
      },
    ),

    'calls its error handler when the database fails, and goes on afterwards': async (scene) => {
      await scene.createTable()
      const store = scene.store({ createTable: false })
      const app = await startApp(store)
      try {
        const browser = new Browser(app.url)
        await logIn(browser)
        await scene.dropTable()
        assert.equal((await browser.get('/')).status, 500)
        assert.deepEqual(
          app.errors.map((error) => (error as { code?: unknown }).code),
          ['ERR_TABLE_MISSING'],
        )
        await scene.createTable()
        await logIn(browser)
        assert.equal((await browser.get('/')).body['user'], 'ann')
      } finally {
        await app.close()
      }
    },

    'serves twenty requests of one session at once': async (scene) => {
      for (const resave of [false, true]) {
        await withApp({ resave }, async ({ store, browser, app }) => {
          const sid = await logIn(browser)
          const paths = Array.from({ length: 20 }, (_, index) =>
            index % 4 === 0 ? browser.post('/visit') : browser.get('/'),
          )
          for (const answer of await Promise.all(paths)) {
            assert.equal(answer.status, 200)
            assert.equal(sidIn(answer), sid)
          }
          const contents = contentsOf(await store.get(sid))
          assert.equal(contents?.['user'], 'ann')
          assert.deepEqual(app.errors, [])
        })(scene)
      }
    },
  },
}
