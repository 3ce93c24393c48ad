import { driver } from '../src/driver/driver.js'

type Rows = readonly object[]
type Done = (error: Error | null, rows: unknown) => void

/** The part of a server that is asked about its threads. */
class FakeServer {
  readonly asked: string[] = []
  /** The lists that the user may read. */
  readonly lists: readonly string[]
  readonly #name: string
  /** By the numbers of the threads, the address that each has come from. */
  readonly threads = new Map<number, string>()

  constructor(
    name: string,
    lists: readonly string[] = ['performance_schema.processlist', 'information_schema.processlist'],
  ) {
    this.#name = name
    this.lists = lists
  }

  answer(sql: string, values: readonly unknown[]): Rows {
    this.asked.push(sql)
    const [id, host] = values as [number, string | undefined]
    if (sql.startsWith('kill')) this.threads.delete(id)
    const list = /from (\w+\.\w+)/.exec(sql)?.[1]
    if (list === undefined) return [{ server: this.#name }]
    if (!this.lists.includes(list)) throw new Error(`no such table: ${list}`)
    const peer = this.threads.get(id)
    if (peer === undefined || (host !== undefined && host !== peer)) return []
    return [{ peer, server: this.#name }]
  }
}

/** A connection as mysql2 has it. */
class FakeConnection {
  readonly config = { typeCast: true }
  readonly stream = {
    destroyed: false,
    writableEnded: false,
    remoteAddress: '192.0.2.1',
    remotePort: 3306,
  }
  readonly threadId: number
  readonly #server: FakeServer

  constructor(
    server: FakeServer,
    threadId: number,
    peer = `198.51.100.1:${String(50_000 + threadId)}`,
  ) {
    this.threadId = threadId
    this.#server = server
    server.threads.set(threadId, peer)
  }

  query(sql: string, values: readonly unknown[], done: Done): void {
    try {
      done(null, this.#server.answer(sql, values))
    } catch (error) {
      done(error as Error, undefined)
    }
  }
}

const listsAsked = ({ asked }: FakeServer) => asked.map((sql) => /from (\w+)\./.exec(sql)?.[1])
const kills = ({ asked }: FakeServer) => asked.filter((sql) => sql.startsWith('kill')).length
const signal = () => AbortSignal.timeout(5_000)

describe('the list of threads', () => {
  it('is that of performance_schema, which delays no log-ins, if it has the threads', async () => {
    const server = new FakeServer('one')
    const backend = await driver.identifyBackend!(new FakeConnection(server, 7))
    await backend!.kill(new FakeConnection(server, 8), signal())
    expect(listsAsked(server).filter((list) => list !== undefined)).toEqual(
      Array(3).fill('performance_schema'),
    )
  })

  it('is the other one if performance_schema is missing or empty', async () => {
    const none = new FakeServer('one', ['information_schema.processlist'])
    const backend = await driver.identifyBackend!(new FakeConnection(none, 7))
    expect(listsAsked(none)).toEqual(['performance_schema', 'information_schema'])
    await backend!.kill(new FakeConnection(none, 8), signal())
    expect(listsAsked(none).at(-1)).toBe('information_schema')
    const empty = new FakeServer('one')
    const ofAProxy = new FakeConnection(empty, 7)
    empty.threads.delete(7)
    expect(await driver.identifyBackend!(ofAProxy)).toBeUndefined()
    expect(listsAsked(empty)).toEqual(['performance_schema', 'information_schema'])
  })
})

describe('a thread of a connection that was lost', () => {
  it('is ended by a connection to the same server, and only it', async () => {
    const server = new FakeServer('one')
    const backend = await driver.identifyBackend!(new FakeConnection(server, 7))
    await backend!.kill(new FakeConnection(server, 8), signal())
    expect([...server.threads.keys()]).toEqual([8])
    expect(kills(server)).toBe(1)
  })

  it('is not taken for ended by a connection to another server, which has other thread numbers', async () => {
    const server = new FakeServer('one')
    const other = new FakeServer('two')
    const backend = await driver.identifyBackend!(new FakeConnection(server, 7))
    const by = new FakeConnection(other, 8)
    const stranger = new FakeConnection(other, 7)
    await expect(backend!.kill(by, signal())).rejects.toThrow('another server')
    expect(other.threads.has(stranger.threadId)).toBe(true)
    other.threads.delete(7)
    await expect(backend!.kill(by, signal())).rejects.toThrow('another server')
    expect([kills(server), kills(other)]).toEqual([0, 0])
  })

  it('is over when its number has gone to somebody else', async () => {
    const server = new FakeServer('one')
    const backend = await driver.identifyBackend!(new FakeConnection(server, 7))
    server.threads.set(7, '203.0.113.9:40000')
    await backend!.kill(new FakeConnection(server, 8), signal())
    expect(kills(server)).toBe(0)
  })
})

describe('cancelling a statement when the server has no room for one more connection', () => {
  /**
   * A class of connections that never come to be, as that of the one whose statement is cancelled.
   */
  class Refused {
    readonly asked: string[] = []
    readonly config = {}
    readonly threadId = 7
    readonly stream = { remoteAddress: '192.0.2.1', remotePort: 3306 }
    execute = () => undefined
    unprepare = () => undefined
    on = () => undefined
    destroy = () => undefined
    query(_sql: string, _values: readonly unknown[], done: Done): void {
      done(new Error('too many connections'), undefined)
    }
  }

  /** One of the pool. */
  class Lent extends Refused {
    override readonly stream
    constructor(remoteAddress: string, remotePort: number) {
      super()
      this.stream = { remoteAddress, remotePort }
    }
    override query(sql: string, values: readonly unknown[], done: Done): void {
      this.asked.push(`${sql} ${String(values[0])}`)
      done(null, undefined)
    }
  }

  const cancelBy = (lent: Lent) =>
    driver.cancelQuery!(new Refused(), {
      signal: signal(),
      settings: {},
      controlConnection: (use: (connection: unknown) => Promise<void>) => use(lent),
    })

  it('is cancelled by one of the pool to the same address', async () => {
    const lent = new Lent('192.0.2.1', 3306)
    await cancelBy(lent)
    expect(lent.asked).toEqual(['kill query ? 7'])
  })

  it.each([
    ['192.0.2.2', 3306],
    ['192.0.2.1', 3307],
  ])('is not by one to another address: %s, port %d', async (address, port) => {
    const lent = new Lent(address, port)
    await expect(cancelBy(lent)).rejects.toThrow('too many connections')
    expect(lent.asked).toEqual([])
  })
})
