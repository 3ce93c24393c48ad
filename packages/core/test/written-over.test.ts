import { AsyncLocalStorage } from 'node:async_hooks'
import type { SessionData } from 'express-session'
import type { DialectQueries } from '../src/dialect/index.js'
import type { KnexSessionStoreOptions } from '../src/index.js'
import { fakeAdapter, FakeDatabase, placesFor } from './fake-database.js'

const end = Date.now() + 3_600_000
const sids = ['a', 'b', 'c']

/**
 * A store whose updates answer as is said, on rows of which `c` has been written over since all were
 * loaded, and the others are written over as soon as an update has written them.
 */
async function storeOn(
  update: NonNullable<DialectQueries['update']>['answer'],
  onConflict: KnexSessionStoreOptions['onConflict'] & {} = 'reject',
) {
  const database = new FakeDatabase()
  const sent = new Map<string, string>()
  const statement = (rows: readonly { readonly sid: string; readonly version: string }[]) => {
    for (const { sid, version } of rows) sent.set(sid, version)
    return { sql: `update ${placesFor(rows)}`, bindings: rows.map(({ sid }) => sid) }
  }
  const queries = {
    update: { statement: (_: unknown, rows: never[]) => statement(rows), answer: update },
  }
  let loaded = false
  database.answer = ({ text, bindings }) => {
    if (text.startsWith('update')) return bindings.filter((sid) => sid !== 'c')
    const version = (loaded ? 'f' : '0').repeat(32)
    return sids.map((sid) => ({ sid, sess: '{}', expired: end, version }))
  }
  const store = database.store({ dialect: fakeAdapter({ queries }), onConflict })
  const sessions = new Map<string, SessionData>()
  for (const sid of sids) sessions.set(sid, (await store.get(sid)) as SessionData)
  loaded = true
  const set = (sid: string) =>
    store.set(sid, sessions.get(sid) as SessionData).then(
      () => 'written',
      (error: unknown) => (error as { readonly code?: string }).code,
    )
  const updates = () => database.texts.filter((text) => text.startsWith('update'))
  return { set, updates, sent, database }
}

describe('an update that was written, and written over before the others of its batch are looked at', () => {
  it('is no conflict if the database says which rows were written', async () => {
    const { set, updates } = await storeOn((result) => result as string[])
    expect(await set('a')).toBe('written')
    expect(await Promise.all(sids.map(set))).toEqual(['written', 'written', 'ERR_CONFLICT'])
    expect(updates()).toContain('update a, b, c')
  })

  it('is no conflict if the database says only how many: each goes in its own statement', async () => {
    const { set, updates } = await storeOn((result) => (result as string[]).length)
    expect(await set('a')).toBe('written')
    expect(await Promise.all(sids.map(set))).toEqual(['written', 'written', 'ERR_CONFLICT'])
    expect(updates().filter((text) => text.includes(','))).toEqual([])
  })
})

it('an update that was written by its own earlier attempt, whose answer was lost, is no conflict', async () => {
  const { set, updates, sent, database } = await storeOn((result) => result as string[])
  database.answer = ({ text }) =>
    text.startsWith('update') ? [] : [{ sid: 'a', version: sent.get('a') }]
  expect(await set('a')).toBe('written')
  expect(updates()).toHaveLength(1)
})

it('a change is merged in the async context of its own request', async () => {
  const request = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const { set, database } = await storeOn(
    (result) => result as string[],
    (_, mine) => {
      seen.push(request.getStore())
      return mine
    },
  )
  const answer = database.answer
  database.answer = (sent) =>
    sent.text.startsWith('update') && seen.length > 0 ? sent.bindings : answer(sent)
  const ends = await Promise.all(['a', 'b', 'c'].map((sid) => request.run(sid, () => set(sid))))
  expect(ends).toEqual(['written', 'written', 'written'])
  expect(seen).toEqual(['c'])
})
