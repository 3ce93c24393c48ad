import createKnex, { type Knex } from 'knex'
import { Browser } from '../../packages/dialect-testkit/src/http/browser.js'
import { start as startPgbouncer } from '../../scripts/servers/pgbouncer.mjs'
import { Guide } from '../rig/pages/guide.js'
import { relayTo } from '../rig/proxies/relay.js'
import { uniqueTable } from '../rig/servers/databases.js'

const schema = uniqueTable('guides')
let knex: Knex
let url: string

beforeAll(async () => {
  const own = new URL(process.env['PG_URL'] ?? '')
  own.searchParams.set('options', `-c search_path=${schema}`)
  url = own.href
  knex = createKnex({ client: 'pg', connection: process.env['PG_URL'] ?? '' })
  await knex.raw('create schema ??', [schema])
})

afterEach(() => knex.raw('drop table if exists ??.sessions', [schema]))

afterAll(async () => {
  await knex.raw('drop schema ?? cascade', [schema])
  await knex.destroy()
})

it('“List a user’s sessions” lists and ends them', async () => {
  const guide = new Guide('list-sessions.md', url)
  const app = await guide.serve()
  try {
    const [phone, laptop] = [new Browser(app.url), new Browser(app.url)]
    await login(phone, app.url)
    await login(laptop, app.url)
    const { body } = await laptop.get('/devices')
    const devices = body as unknown as { handle: string; current: boolean; browser: string }[]
    expect(devices.map(({ current }) => current)).toEqual([false, true])
    expect(devices[0]?.browser).toMatch(/\w/)
    const handle = devices[0]?.handle ?? ''
    expect(await laptop.post(`/devices/${handle}/end`)).toMatchObject({ body: { ended: true } })
    expect(await laptop.post(`/devices/${handle}/end`)).toMatchObject({ status: 404 })
    expect(await statusOf(phone, app.url)).toBe(401)
    expect(await statusOf(laptop, app.url)).toBe(200)
  } finally {
    await app.end()
    guide.remove()
  }
})

it('“Log out everywhere” ends the others, or all', async () => {
  const guide = new Guide('log-out-everywhere.md', url)
  const app = await guide.serve()
  const user = async (browser: Browser) => (await browser.get('/user')).body['user']
  try {
    const browsers = [new Browser(app.url), new Browser(app.url), new Browser(app.url)] as const
    const [phone, laptop, other] = browsers
    await phone.post('/login/ann')
    await laptop.post('/login/ann')
    await other.post('/login/bob')
    expect((await laptop.post('/log-out-others')).body).toEqual({ ended: 1 })
    expect([await user(phone), await user(laptop), await user(other)]).toEqual([null, 'ann', 'bob'])
    expect((await laptop.post('/log-out-everywhere')).body).toEqual({ ended: 1 })
    expect([await user(laptop), await user(other)]).toEqual([null, 'bob'])
  } finally {
    await app.end()
    guide.remove()
  }
})

it('“Run it behind PgBouncer” gives a store that works there', async () => {
  const pooler = await startPgbouncer({
    upstream: process.env['PG_URL'] ?? '',
    settings: { default_pool_size: 2 },
  })
  const guide = new Guide('pgbouncer.md', pooler.url)
  try {
    const printed = await guide.run(`
      import { store } from './store.mjs'
      const sids = Array.from({ length: 50 }, (_, index) => 'guide ' + index)
      const cookie = { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) }
      await Promise.all(sids.map((sid) => store.set(sid, { cookie })))
      const read = await Promise.all(sids.map((sid) => store.get(sid)))
      console.log(read.filter((session) => session !== null).length, await store.destroy(sids))
      await store.options.knex.schema.dropTable('sessions')
      await store.close()
      await store.options.knex.destroy()`)
    expect(printed).toBe('50 50')
  } finally {
    guide.remove()
    await pooler.stop()
  }
})

it('“What happens when the database goes away” waits, says so, and goes on', async () => {
  const way = await relayTo(url)
  const guide = new Guide('database-goes-away.md', way.url)
  const app = await guide.serve()
  try {
    const first = await fetch(app.url)
    const cookie = first.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const visit = () => fetch(app.url, { headers: { cookie } })
    expect(await first.text()).toBe('Views: 1')
    await way.close()
    const waiting = visit()
    await way.open()
    expect(await (await waiting).text()).toBe('Views: 2')
    await way.close()
    const refused = await visit()
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '5'])
    await way.open()
    expect(await (await visit()).text()).toBe('Views: 3')
  } finally {
    await app.end()
    await way.close()
    guide.remove()
  }
})

it('“Go through all sessions” ends the browser sessions', async () => {
  const guide = new Guide('many-sessions.md', url)
  try {
    const printed = await guide.run(`
      import { knex } from './given.mjs'
      import { store } from './given-store.mjs'
      const expires = new Date(Date.now() + 30_000)
      await store.set('a', { cookie: { originalMaxAge: null, expires: null } })
      await store.set('b', { cookie: { originalMaxAge: 30_000, expires } })
      await import('./block-1.mjs')
      console.log(await store.ids())
      await store.close()
      await knex.destroy()`)
    expect(printed.split('\n')).toEqual([
      'a session ends within a minute',
      '1 browser sessions ended',
      "[ 'b' ]",
    ])
  } finally {
    guide.remove()
  }
})

/** Follows no redirection, so that the cookie is seen. */
async function login(browser: Browser, to: string): Promise<void> {
  const answer = await fetch(`${to}/login`, { method: 'POST', redirect: 'manual' })
  browser.cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0]
}

async function statusOf(browser: Browser, at: string): Promise<number> {
  const headers = { cookie: browser.cookie ?? '' }
  return (await fetch(`${at}/devices`, { headers })).status
}
