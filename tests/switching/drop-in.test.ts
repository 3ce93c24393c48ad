import { KnexSessionStore } from '@knex-session/core'
import { ConnectSessionKnexStore } from 'connect-session-knex'
import session, { type SessionData } from 'express-session'
import { databases, uniqueTable, type TestConnection } from '../rig/servers/databases.js'

const hour = 3_600_000

/** connect-session-knex returns promises as well; its types tell only of callbacks. */
interface PromisingStore {
  readonly ready: Promise<unknown>
  get(sid: string): Promise<SessionData | null>
  set(sid: string, session: SessionData): Promise<unknown>
  touch(sid: string, session: SessionData): Promise<unknown>
  length(): Promise<number>
  all(): Promise<unknown>
}

function legacyStore(
  options: ConstructorParameters<typeof ConnectSessionKnexStore>[0],
): PromisingStore {
  return new ConnectSessionKnexStore(options) as unknown as PromisingStore
}

/** A session as express-session hands it to a store. */
function sessionFor(maxAge: number | undefined, contents: object = {}): SessionData {
  const cookie = new session.Cookie()
  if (maxAge !== undefined) cookie.maxAge = maxAge
  return { cookie, ...contents }
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}

function expiresOf(stored: SessionData | null): number {
  return new Date((stored?.cookie as unknown as { expires: string }).expires).getTime()
}

describe.each(databases)('beside connect-session-knex 5 on $name', ({ open, legacyStep }) => {
  let connection: TestConnection
  let tableName: string
  let theirs: PromisingStore
  let ours: KnexSessionStore

  beforeAll(() => {
    connection = open()
  })

  afterAll(() => connection.close())

  beforeEach(async () => {
    tableName = uniqueTable('dropin')
    theirs = legacyStore({ knex: connection.knex, tableName, cleanupInterval: 0 })
    await theirs.ready
    ours = new KnexSessionStore({
      knex: connection.knex,
      tableName,
      cleanupInterval: 0,
      createTable: false,
    })
  })

  afterEach(async () => {
    await ours.close()
    await connection.knex.schema.dropTable(tableName)
  })

  it('reads what it wrote, expiry included', async () => {
    const written = sessionFor(hour, { user: 'Zoë', visits: [1, 2] })
    await theirs.set('sid-1', written)
    const read = await ours.get('sid-1')
    expect({ ...read, cookie: undefined }).toEqual({
      user: 'Zoë',
      visits: [1, 2],
      cookie: undefined,
    })
    expect(
      Math.abs(expiresOf(read) - (written.cookie.expires as Date).getTime()),
    ).toBeLessThanOrEqual(legacyStep + 50)
    expect(read?.cookie.originalMaxAge).toBe(written.cookie.originalMaxAge)
  })

  it('is read by it, and lives as long', async () => {
    const written = sessionFor(hour, { user: 'Ann', nested: { deep: [{ er: null }] } })
    await ours.set('sid-1', written)
    expect(asJson(await theirs.get('sid-1'))).toEqual(asJson(written))
    expect(await theirs.length()).toBe(1)
  })

  it.each([
    ['lone surrogates', '\ud800 and \udfff'],
    ['a NUL character', 'a\u0000b'],
    ['emoji and line separators', '🍪\u2028\u2029'],
    ['placeholders and quotes', `? :name $1 @p0 '";--\\`],
    ['200 levels', Array.from({ length: 200 }).reduce<unknown>((inner) => [inner], 'deep')],
  ])('exchanges %s both ways', async (_, value) => {
    await ours.set('by-us', sessionFor(hour, { value }))
    expect((asJson(await theirs.get('by-us')) as { value: unknown }).value).toEqual(value)
    expect(((await ours.get('by-us')) as unknown as { value: unknown }).value).toEqual(value)
  })

  it('sees its touch, and its touch is seen', async () => {
    await theirs.set('sid-1', sessionFor(hour))
    const later = sessionFor(3 * hour)
    await theirs.touch('sid-1', later)
    expect(
      Math.abs(expiresOf(await ours.get('sid-1')) - (later.cookie.expires as Date).getTime()),
    ).toBeLessThanOrEqual(legacyStep)
    await ours.touch('sid-1', sessionFor(-hour))
    expect(await theirs.get('sid-1')).toBeNull()
  })

  it('agrees with it on what has expired', async () => {
    await ours.set('live', sessionFor(hour))
    await ours.set('dead', sessionFor(-hour))
    expect(await theirs.get('live')).not.toBeNull()
    expect(await theirs.get('dead')).toBeNull()
    expect(await theirs.all()).toHaveLength(1)
    expect(await ours.all()).toHaveLength(1)
    expect(await ours.length()).toBe(1)
  })

  it('replaces its sessions, destroys them and prunes them', async () => {
    await theirs.set('sid-1', sessionFor(hour, { by: 'them' }))
    await ours.set('sid-1', sessionFor(hour, { by: 'us' }))
    expect(await theirs.get('sid-1')).toMatchObject({ by: 'us' })
    await theirs.set('sid-1', sessionFor(hour, { by: 'them again' }))
    expect(await ours.get('sid-1')).toMatchObject({ by: 'them again' })
    expect(await ours.destroy('sid-1')).toBe(1)
    expect(await theirs.get('sid-1')).toBeNull()
    await theirs.set('sid-2', sessionFor(hour))
    await ours.touch('sid-2', sessionFor(-2 * hour))
    expect(await ours.prune()).toBe(1)
    expect(await theirs.length()).toBe(0)
  })

  it('keeps a browser session one, and agrees on its day of life', async () => {
    await theirs.set('sid-1', sessionFor(undefined, { by: 'them' }))
    const read = await ours.get('sid-1')
    expect(read).toMatchObject({ by: 'them', cookie: { expires: null, originalMaxAge: null } })
    await ours.set('sid-2', sessionFor(undefined, { by: 'us' }))
    expect(await theirs.get('sid-2')).toMatchObject({ by: 'us' })
  })

  it('never takes the session of another id, whatever the collation of its table', async () => {
    await theirs.set('AbC', sessionFor(hour, { of: 'AbC' }))
    expect(await ours.get('abc')).toBeNull()
    expect(await ours.destroy('abc')).toBe(0)
    await ours.touch('abc', sessionFor(-hour))
    await ours.set('abc', sessionFor(hour, { of: 'abc' })).catch(() => undefined)
    expect(await ours.get('AbC')).toMatchObject({ of: 'AbC' })
  })

  it('takes the option names of the 2.x releases', async () => {
    const store = new KnexSessionStore({
      knex: connection.knex,
      tablename: tableName,
      sidfieldname: 'sid',
      createtable: false,
      disableDbCleanup: true,
    })
    await theirs.set('sid-1', sessionFor(hour, { by: 'them' }))
    expect(await store.get('sid-1')).toMatchObject({ by: 'them' })
    await store.close()
  })
})

describe.each(databases)('a table of our own on $name', ({ open }) => {
  let connection: TestConnection

  beforeAll(() => {
    connection = open()
  })

  afterAll(() => connection.close())

  it('serves connect-session-knex 5 too', async () => {
    const { knex } = connection
    const tableName = uniqueTable('ours')
    const ours = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    await ours.ready
    const theirs = legacyStore({ knex, tableName, cleanupInterval: 0, createTable: false })
    await ours.set('sid-1', sessionFor(hour, { by: 'us' }))
    await theirs.set('sid-2', sessionFor(hour, { by: 'them' }))
    expect(await theirs.get('sid-1')).toMatchObject({ by: 'us' })
    expect(await ours.get('sid-2')).toMatchObject({ by: 'them' })
    await theirs.touch('sid-1', sessionFor(-hour))
    expect(await ours.get('sid-1')).toBeNull()
    await ours.close()
    await knex.schema.dropTable(tableName)
  })
})
