import { KnexSessionStore } from '@knex-session/core'
import { ConnectSessionKnexStore as CompatStore } from '@knex-session/core/compat'
import '@knex-session/dialect-sqlite'
import { ConnectSessionKnexStore } from 'connect-session-knex'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'

/**
 * What connect-session-knex tests of its own store, and so promises to whoever calls one by hand.
 */
interface PromisingStore {
  get(sid: string): Promise<SessionData | null | undefined>
  set(sid: string, session: SessionData): Promise<unknown>
  touch(sid: string, session: SessionData): Promise<unknown>
  destroy(sid: string): Promise<unknown>
  all(): Promise<SessionData[]>
  length(): Promise<number>
  clear(): Promise<number>
}

const makers: Readonly<Record<string, (knex: Knex) => PromisingStore>> = {
  'connect-session-knex': (knex) =>
    new ConnectSessionKnexStore({ knex, cleanupInterval: 0 }) as unknown as PromisingStore,
  'knex-session': (knex) => new KnexSessionStore({ knex, cleanupInterval: 0 }),
}

/** A session with a cookie as nobody but a script or a test makes it. */
function byHand(name: string, cookie: object): SessionData {
  return { cookie, name } as unknown as SessionData
}

describe.each(Object.entries(makers))('sessions with hand-made cookies in %s', (_, make) => {
  let knex: Knex
  let store: PromisingStore

  beforeEach(() => {
    knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
    })
    store = make(knex)
  })

  afterEach(() => knex.destroy())

  it('are counted and cleared', async () => {
    expect([await store.clear(), await store.length()]).toEqual([0, 0])
    await store.set('sid', byHand('cleared', { maxAge: 20_000 }))
    expect([await store.clear(), await store.length()]).toEqual([1, 0])
    expect([await store.clear(), await store.clear(), await store.length()]).toEqual([0, 0, 0])
  })

  it('are destroyed', async () => {
    await store.set('sid', byHand('destroyed', { maxAge: 20_000 }))
    await store.destroy('sid')
    expect(await store.length()).toBe(0)
  })

  it('come back as they were set', async () => {
    const session = byHand('set', { maxAge: 20_000 })
    await store.set('sid', session)
    expect(await store.get('sid')).toEqual(session)
    expect(await store.get('another')).toBeFalsy()
    expect(await store.length()).toBe(1)
  })

  it('live for maxAge, whatever their date says, and come back with that date', async () => {
    const sessions = ['one', 'two'].map((name) =>
      byHand(name, { maxAge: 20_000, expires: new Date() }),
    )
    for (const session of sessions)
      await store.set((session as unknown as { name: string }).name, session)
    const read = await store.all()
    expect(read).toHaveLength(2)
    expect(read).toEqual(expect.arrayContaining(JSON.parse(JSON.stringify(sessions)) as unknown[]))
  })

  it('live on after a touch with a date that lies ahead', async () => {
    await store.set('sid', byHand('touched', { maxAge: 20_000 }))
    await store.touch(
      'sid',
      byHand('touched', { maxAge: 20_000, expires: new Date(Date.now() + 20_000) }),
    )
    expect(await store.length()).toBe(1)
  })
})

it('a touch lets a session with an own maxAge in its cookie live for that long, whatever the date says', async () => {
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  })
  const store = new KnexSessionStore({ knex, cleanupInterval: 0 })
  await store.set('sid', byHand('touched', { maxAge: 20_000 }))
  await store.touch('sid', byHand('touched', { maxAge: 20_000, expires: new Date() }))
  expect(await store.length()).toBe(1)
  await store.close()
  await knex.destroy()
})

it('the store under its old name has the timer of the next prune, if there is one, and its knex', async () => {
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  })
  const without = new CompatStore({ knex, disableDbCleanup: true })
  expect(without.getNextDbCleanup()).toBeNull()
  const store = new CompatStore({ knex })
  expect(store.getNextDbCleanup()).toHaveProperty('hasRef')
  await Promise.all([store.close(), without.close()])
  await store.knex.destroy()
})
