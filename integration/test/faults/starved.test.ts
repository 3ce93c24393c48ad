import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { databases, uniqueTable } from '../databases.js'

const servers = [
  { ...databases[0]!, client: 'pg', variable: 'PG_URL' },
  { ...databases[1]!, client: 'mysql2', variable: 'MYSQL_URL' },
]

const timeout = 500

/** The time limit, and how much later a caller may be told: a twentieth of it, and what a busy machine adds. */
const longest = timeout + 1_000

function session(turn: number): SessionData {
  return { cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() }, turn } as unknown as SessionData
}

/** The memory that is in use, without what is garbage, in bytes. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

/** How a call ended, and after how long. */
async function timed(call: Promise<unknown>): Promise<{ readonly code: unknown; readonly ms: number }> {
  const started = performance.now()
  const code: unknown = await call.then(
    () => undefined,
    (error: unknown) => (error as { code?: unknown }).code,
  )
  return { code, ms: performance.now() - started }
}

describe.each(servers)('every connection of the pool taken by the application, on $name', ({ open }) => {
  const tableName = uniqueTable('starved')
  let knex: Knex
  let close: () => Promise<void>
  let transactions: Knex.Transaction[]

  beforeAll(() => {
    ;({ knex, close } = open({ connections: 2 }))
  })

  beforeEach(async () => {
    await new KnexSessionStore({ knex, tableName, cleanupInterval: 0 }).ready
    transactions = [await knex.transaction(), await knex.transaction()]
  })

  afterEach(async () => {
    for (const transaction of transactions) if (!transaction.isCompleted()) await transaction.rollback()
  })

  afterAll(async () => {
    await knex.schema.dropTable(tableName)
    await close()
  })

  it('calls end in time and say so, and the first call works when a connection is back', async () => {
    const outages: unknown[] = []
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout, onOutage: (outage) => outages.push(outage) })
    const calls = ['a', 'b', 'c'].flatMap((sid) => [
      store.get(sid),
      store.set(sid, session(1)),
      store.touch(sid, session(1)),
      store.destroy(sid),
    ])
    for (const { code, ms } of await Promise.all([...calls, store.length(), store.prune(), store.clear()].map(timed))) {
      expect(code).toBe('ERR_TIMEOUT')
      expect(ms).toBeLessThan(longest)
    }
    await transactions[0]?.rollback()
    await store.set('a', session(2))
    expect(await store.get('a')).toMatchObject({ turn: 2 })
    // The database was there all the time.
    expect(outages).toEqual([])
    await store.close()
  })

  it('past `maxQueue` a call fails at once, and keeps nothing', async () => {
    const maxQueue = 200
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout: 5_000, maxQueue, batch: { lanes: 1, size: 10 } })
    const ended: unknown[] = []
    const heap = heapInUse()
    for (let each = 0; each < 20_000; each++) {
      store.set(`queued ${each}`, { ...session(each), filling: 'x'.repeat(10_000) } as SessionData).then(
        () => ended.push('stored'),
        (error: unknown) => ended.push((error as { code?: unknown }).code),
      )
      if (each % 100 === 99) await new Promise(setImmediate)
    }
    expect(new Set(ended)).toEqual(new Set(['ERR_QUEUE_FULL']))
    expect(ended.length).toBeGreaterThanOrEqual(20_000 - maxQueue - 10)
    // 20,000 sessions of 10 KB would be 200 MB.
    expect(heapInUse() - heap).toBeLessThan(50_000_000)
    await Promise.all(transactions.map((transaction) => transaction.rollback()))
    await store.close()
    expect(ended).toHaveLength(20_000)
    expect(ended.filter((each) => each === 'stored').length).toBeGreaterThanOrEqual(maxQueue)
  })
})

describe.each(servers)('a $name that takes connections and never answers', ({ client, variable }) => {
  const tableName = uniqueTable('silent')
  let listener: Server
  let answering = false
  const sockets = new Set<Socket>()

  beforeAll(async () => {
    const target = new URL(process.env[variable] ?? '')
    listener = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
      if (!answering) return
      const through = connect(Number(target.port), target.hostname)
      through.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('close', () => through.destroy())
      socket.pipe(through).pipe(socket)
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
  })

  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    listener.close()
    await once(listener, 'close')
  })

  it('ends every call in time, and the first call works when it answers, if the pool gives up connecting in time', async () => {
    const { port } = listener.address() as { port: number }
    const url = new URL(process.env[variable] ?? '')
    url.port = String(port)
    const log = { warn: () => undefined }
    // Without this limit tarn waits 30 s for a connection and opens no other once `max` are on their way.
    const knex = createKnex({ client, connection: url.href, pool: { min: 0, max: 10, createTimeoutMillis: timeout }, log })
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout, onOutage: () => undefined })
    for (let round = 0; round < 3; round++) {
      const calls = Array.from({ length: 32 }, (_, each) => [store.get(`${each}`), store.set(`${each}`, session(1))]).flat()
      for (const { code, ms } of await Promise.all(calls.map(timed))) {
        expect(['ERR_TIMEOUT', 'ERR_CONNECTION']).toContain(code)
        expect(ms).toBeLessThan(longest)
      }
    }
    answering = true
    const deadline = performance.now() + 5_000
    let first: unknown
    do first = (await timed(store.set('a', session(2)))).code
    while (first !== undefined && performance.now() < deadline)
    expect(first).toBeUndefined()
    expect(await store.get('a')).toMatchObject({ turn: 2 })
    await knex.schema.dropTable(tableName)
    await store.close()
    await knex.destroy()
  })
})
