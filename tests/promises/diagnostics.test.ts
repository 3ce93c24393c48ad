import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  KnexSessionStore,
  type BatchMessage,
  type CallMessage,
  type StatementMessage,
} from '@knex-session/core'
import { databases, uniqueTable, type TestConnection } from '../rig/servers/databases.js'
import { sessionOf } from '../rig/session-of.js'

type Message = BatchMessage | CallMessage | StatementMessage

const names = ['call', 'batch', 'statement'] as const

describe.each(databases)('what a store publishes, on $name', (database) => {
  let connection: TestConnection
  let store: KnexSessionStore
  const heard = { call: [] as unknown[], batch: [] as unknown[], statement: [] as unknown[] }
  const listeners = names.map((name) => {
    const listen = (message: unknown) => void heard[name].push(message)
    return { channel: `knex-session:${name}`, listen }
  })

  // Not before: what the stores of the other databases do would be heard.
  beforeAll(async () => {
    connection = database.open()
    const { knex } = connection
    store = new KnexSessionStore({ knex, tableName: uniqueTable('published'), cleanupInterval: 0 })
    await store.ready
  })
  beforeEach(() => {
    for (const name of names) heard[name] = []
    for (const { channel, listen } of listeners) subscribe(channel, listen)
  })
  afterEach(() => {
    for (const { channel, listen } of listeners) unsubscribe(channel, listen)
  })
  afterAll(async () => {
    await store.close()
    await connection.knex.schema.dropTable(store.options.tableName)
    await connection.close()
  })

  it('is each call, batch and statement, with its time and outcome', async () => {
    const sids = Array.from({ length: 10 }, (_, index) => `sid-of-${String(index)}`)
    const before = performance.now()
    await Promise.all(sids.map((sid) => store.set(sid, sessionOf({ secret: 'contents' }))))
    await Promise.all(sids.map((sid) => store.get(sid)))
    const duration = performance.now() - before
    const calls = heard.call as CallMessage[]
    const batches = heard.batch as BatchMessage[]
    expect(calls.map(({ operation }) => operation)).toEqual([
      ...sids.map(() => 'set'),
      ...sids.map(() => 'get'),
    ])
    for (const [operation, sessions] of [
      ['set', 10],
      ['read', 10],
    ]) {
      const of = batches.filter((batch) => batch.operation === operation)
      expect(of.reduce((sum, batch) => sum + batch.sessions, 0)).toBe(sessions)
      expect(of.every(({ attempts, failed }) => attempts === 1 && failed === 0)).toBe(true)
    }
    expect(heard.statement.length).toBeGreaterThanOrEqual(batches.length)
    const dialect = database.adapter.name
    for (const message of [...calls, ...batches, ...heard.statement] as Message[]) {
      expect(message).toMatchObject({ dialect, outcome: 'ok' })
      expect(message.startTime).toBeGreaterThanOrEqual(before)
      expect(message.duration).toBeLessThanOrEqual(duration)
    }
    expect(JSON.stringify(heard)).not.toMatch(/sid-of|contents/)
  })

  it('says by its code what a call ended with, in the context of its caller', async () => {
    const request = new AsyncLocalStorage<string>()
    const requests: unknown[] = []
    const [calls] = listeners
    const listen = () => void requests.push(request.getStore())
    subscribe(calls?.channel ?? '', listen)
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    try {
      await request.run('one', () =>
        expect(store.set('sid', sessionOf(cycle))).rejects.toMatchObject({
          code: 'ERR_INVALID_SESSION',
        }),
      )
      await request.run('two', () => store.get('sid'))
    } finally {
      unsubscribe(calls?.channel ?? '', listen)
    }
    expect(requests).toEqual(['one', 'two'])
    expect(heard.call).toMatchObject([
      { operation: 'set', outcome: 'ERR_INVALID_SESSION' },
      { operation: 'get', outcome: 'ok' },
    ])
  })

  it('is counted by stats() as well', async () => {
    const { reads: before } = store.stats()
    await Promise.all(['a', 'b', 'c'].map((sid) => store.get(sid)))
    const { reads, lateWrites } = store.stats()
    expect(reads.calls - before.calls).toBe(3)
    expect(reads.batches - before.batches).toBe(heard.batch.length)
    expect({ ...reads, lateWrites }).toMatchObject({ waiting: 0, inFlight: 0, lateWrites: 0 })
  })
})
