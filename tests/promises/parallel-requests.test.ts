import { KnexSessionStore, mergeTopLevel, type OnConflict } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import { Browser } from '../../packages/dialect-testkit/src/http/browser.js'
import { listen } from '../../packages/dialect-testkit/src/http/listen.js'
import { databases, uniqueTable } from '../rig/servers/databases.js'

const requests = 50

interface Cart {
  items?: string[]
  [item: `item-${string}`]: true
}

/** Keeps what each request has put into the list. */
const withAllItems: OnConflict = (base, mine, theirs) => {
  const [before, ours, other] = [base, mine, theirs].map(
    (each) => (each as unknown as Cart).items ?? [],
  )
  const added = ours?.filter((item) => !before?.includes(item)) ?? []
  return Object.assign(mergeTopLevel(base, mine, theirs), { items: [...(other ?? []), ...added] })
}

async function startApp(store: KnexSessionStore) {
  const waiting: (() => void)[] = []
  const app = express()
  app.use(session({ store, secret: 'of a test', resave: false, saveUninitialized: true }))
  app.get('/', (request, response) => void response.json(request.session))
  // Each has loaded the session before any of them goes on.
  app.post('/add/:item', (request, response) => {
    waiting.push(() => {
      const cart = request.session as unknown as Cart
      cart[`item-${request.params.item}`] = true
      cart.items = [...(cart.items ?? []), request.params.item]
      response.json({})
    })
    if (waiting.length % requests === 0) for (const goOn of waiting.splice(0)) goOn()
  })
  return listen(app)
}

it.each(databases)(
  `${requests} requests that each add an item to one session all keep theirs, on $name`,
  async ({ adapter, open }) => {
    const tableName = uniqueTable('parallel')
    const { knex, close } = open()
    const store = new KnexSessionStore({
      knex,
      dialect: adapter,
      tableName,
      cleanupInterval: 0,
      onConflict: withAllItems,
    })
    const app = await startApp(store)
    try {
      const browser = new Browser(app.url)
      await browser.get('/')
      const added = await Promise.all(
        Array.from({ length: requests }, (_, item) =>
          new Browser(app.url, browser.cookie).post(`/add/${String(item)}`),
        ),
      )
      expect(added.map(({ status }) => status)).toEqual(Array(requests).fill(200))
      const { items, cookie, ...own } = (await browser.get('/')).body
      const names = Array.from({ length: requests }, (_, item) => String(item))
      expect([...(items as string[])].sort()).toEqual([...names].sort())
      expect(Object.keys(own).sort()).toEqual(names.map((name) => `item-${name}`).sort())
      expect(cookie).toBeDefined()
    } finally {
      await app.close()
      await store.close()
      await knex.schema.dropTable(tableName)
      await close()
    }
  },
)
