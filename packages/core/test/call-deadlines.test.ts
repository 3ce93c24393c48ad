import type { SessionData } from 'express-session'
import type { KnexSessionStore, KnexSessionStoreOptions } from '../src/index.js'
import { FakeDatabase } from './fake-database.js'
import { pass, until, useStandingClock } from './standing-clock.js'

const timeout = 1_000
/** When a caller is told at the latest, in ms: as exactly as a time limit is kept. */
const latestAnswer = timeout + (2 * timeout) / 20
const session = { cookie: { originalMaxAge: 60_000 }, user: 'u' } as unknown as SessionData
const row = { sid: 'old', sess: '{"cookie":{}}', expired: 9e12 }

/** A store on a table with a row of the id 'old', and when what was sent to it. */
async function storeWith(options: KnexSessionStoreOptions, msOfStatement: number) {
  const database = new FakeDatabase()
  const store = database.store({ timeout, ...options })
  const state = { isReady: false, ms: msOfStatement }
  void store.ready.then(() => (state.isReady = true))
  await until(() => state.isReady)
  const start = performance.now()
  const sent: { readonly kind: string | undefined; readonly at: number }[] = []
  database.answer = async ({ text, bindings }) => {
    sent.push({ kind: text.split(' ', 1)[0], at: performance.now() - start })
    await new Promise((resolve) => setTimeout(resolve, state.ms))
    if (!text.startsWith('select')) return 1
    return bindings.includes('old') || text.includes('user_id') ? [row] : []
  }
  return { store, sent, state }
}

/** How a call ended, and when, in ms from now. */
function endOf(call: Promise<unknown>) {
  const start = performance.now()
  const end = { reported: 'nothing', at: 0 }
  const report = (reported: string) =>
    Object.assign(end, { reported, at: performance.now() - start })
  call.then(
    () => report('done'),
    (error: unknown) => report((error as { code: string }).code),
  )
  return end
}

type Case = readonly [
  name: string,
  ms: number,
  sent: readonly string[],
  call: (store: KnexSessionStore) => Promise<unknown>,
]

const moving: readonly Case[] = [
  ['a get', 400, ['select', 'select', 'delete'], (store) => store.get('old')],
  ['a set', 600, ['select', 'delete'], (store) => store.set('old', session)],
  ['a touch', 600, ['select', 'delete'], (store) => store.touch('old', session)],
]
const ofUsers: readonly Case[] = [
  ['a set that ends others', 600, ['upsert', 'select'], (store) => store.set('new', session)],
  ['a revokeAll', 600, ['select', 'delete'], (store) => store.sessionsOf('u').revokeAll()],
  [
    'a revokeOthers',
    600,
    ['select', 'delete'],
    (store) => store.sessionsOf('u').revokeOthers('new'),
  ],
]

useStandingClock()

describe('all statements of one call share its time, so none is sent after its caller got an error', () => {
  const limited = { userId: () => 'u', maxSessionsPerUser: 1 }
  it.each([
    ...moving.map((each) => [{ hashIds: true }, ...each] as const),
    ...ofUsers.map((each) => [limited, ...each] as const),
  ])('with %j: %s', async (options, _, ms, statements, call) => {
    const { store, sent } = await storeWith(options, ms)
    const end = endOf(call(store))
    await pass(5 * timeout)
    expect(end.reported).toBe('ERR_TIMEOUT')
    expect(end.at).toBeLessThanOrEqual(latestAnswer)
    expect(sent.map(({ kind }) => kind)).toEqual(statements)
  })
})

it('a request that waits with another for its row has its own time', async () => {
  const { store, sent, state } = await storeWith({ hashIds: true }, 400)
  const first = endOf(store.get('old'))
  await pass(500)
  const second = endOf(store.get('old'))
  await pass(450)
  state.ms = 10
  await pass(5 * timeout)
  expect([first.reported, second.reported]).toEqual(['ERR_TIMEOUT', 'done'])
  expect(second.at).toBeLessThanOrEqual(timeout)
  expect(sent.map(({ kind }) => kind)).toContain('update')
})
