import type { DialectAdapter } from '../src/dialect/index.js'
import { deferred, endOf } from './deferred.js'
import {
  driverError,
  fakeAdapter,
  fakeBackend,
  FakeDatabase,
  fakeDriver,
  type FakeConnection,
} from './fake-database.js'
import { turn } from './standing-clock.js'

/**
 * A runner whose connections break, and what happened on them: writes, reads, and the ends of what
 * was done for lost ones.
 */
function breaking({ ending = (_by: FakeConnection): Promise<void> => Promise.resolve() } = {}) {
  const database = new FakeDatabase()
  const events: string[] = []
  const broken = new Set<unknown>()
  const state = { taken: 0, unanswered: 0 }
  const nameOf = ({ number }: FakeConnection) => `connection ${String(number)}`
  const adapter: DialectAdapter = fakeAdapter({
    driver: fakeDriver(database, {
      accepts: () => {
        state.taken++
        return true
      },
      identifyBackend: (connection) => {
        if (state.unanswered-- > 0) return Promise.reject(driverError('retryable'))
        return Promise.resolve(
          fakeBackend({
            isLost: () => broken.has(connection),
            kill: (by) => {
              events.push(
                `${nameOf(connection as FakeConnection)} is ended by ${nameOf(by as FakeConnection)}`,
              )
              return ending(by as FakeConnection)
            },
          }),
        )
      },
    }),
  })
  const runner = database.runner(adapter)
  const send = (text: string, writes: boolean) =>
    runner.statement(
      { sql: text, bindings: [] },
      { work: 'writing sessions', deadline: performance.now() + 30_000, writes },
    )
  const write = () => send('write', true)
  database.answer = ({ text, on }) => {
    events.push(`${text} on ${nameOf(on)}`)
  }
  const breakOne = (on: FakeConnection) => {
    broken.add(on)
    Object.assign(on, { __knex__disposed: new Error('gone') })
    throw driverError('connection')
  }
  return {
    database,
    events,
    breakOne,
    write,
    /** The next question for a backend fails. */
    leaveUnanswered: () => (state.unanswered = 1),
    /** Resolves when so many more writes have a connection, or would go on with it. */
    async taken(count: number): Promise<void> {
      const { taken } = state
      while (state.taken < taken + count) await turn()
      await turn()
    },
    read: () => send('read', false),
    /** Has so many connections in the pool that each have written. */
    async opened(count: number): Promise<void> {
      const { answer } = database
      const gate = deferred()
      database.answer = () => gate.promise
      const writes = Array.from({ length: count }, write)
      while (database.sent.length < count) await turn()
      gate.resolve(undefined)
      await Promise.all(writes)
      database.answer = answer
      await turn()
    },
    /** A write whose connection breaks under way. */
    async lose(): Promise<void> {
      const { answer } = database
      database.answer = ({ on }) => breakOne(on)
      await expect(write()).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
      database.answer = answer
    },
  }
}

/** The events without the numbers of connections that happen to be used. */
function unnumbered(events: readonly string[]): readonly string[] {
  return events.map((event) => event.replaceAll(/ \d+/g, ''))
}

const ended = 'connection is ended by connection'

describe('what the server may still do for a connection that was lost with a write under way', () => {
  it('is ended before another write goes out, on a connection that has written before', async () => {
    const { events, lose, opened, write } = breaking()
    await opened(2)
    await lose()
    await write()
    const [, lost, other] =
      /^connection (\d) is ended by connection (\d)$/.exec(events[0] ?? '') ?? []
    expect(events.slice(1)).toEqual([`write on connection ${String(other)}`])
    expect(lost).not.toBe(other)
    await write()
    expect(unnumbered(events)).toEqual([ended, 'write on connection', 'write on connection'])
  })

  it('is ended before another write goes out, on a new connection', async () => {
    const { events, lose, write } = breaking()
    await lose()
    await write()
    expect(events).toEqual(['connection 1 is ended by connection 2', 'write on connection 2'])
  })

  it('is ended even if the first look for the backend failed', async () => {
    const { events, leaveUnanswered, lose, write } = breaking()
    leaveUnanswered()
    await write()
    await lose()
    await write()
    expect(unnumbered(events)).toEqual(['write on connection', ended, 'write on connection'])
  })

  it('is ended once for writes that go out together, and both wait for it', async () => {
    const gate = deferred<undefined>()
    const { events, lose, opened, taken, write } = breaking({ ending: () => gate.promise })
    await opened(3)
    await lose()
    const both = taken(2)
    const writes = [write(), write()]
    await both
    expect(unnumbered(events)).toEqual([ended])
    gate.resolve(undefined)
    await Promise.all(writes)
    expect(unnumbered(events)).toEqual([ended, 'write on connection', 'write on connection'])
  })

  it('delays no read', async () => {
    const { events, lose, opened, read, write } = breaking({
      ending: () => new Promise(() => undefined),
    })
    await opened(2)
    await lose()
    const stuck = endOf(write())
    await turn()
    await read()
    expect(stuck.now).toBe('pending')
    expect(unnumbered(events)).toEqual([ended, 'read on connection'])
  })

  it('is ended by the next write if the connection for it breaks too, but delays no more writes after three', async () => {
    const { database, events, breakOne, lose, write } = breaking({
      ending: (by) => Promise.resolve().then(() => breakOne(by)),
    })
    await lose()
    const outcomes: string[] = []
    for (let turn = 0; turn < 3; turn++) {
      await write().then(
        () => outcomes.push('done'),
        (error: unknown) => outcomes.push((error as { code: string }).code),
      )
    }
    expect(outcomes).toEqual(['ERR_CONNECTION', 'ERR_CONNECTION', 'done'])
    expect(unnumbered(events)).toEqual([ended, ended, ended, 'write on connection'])
    expect(database.texts.filter((text) => text === 'write')).toHaveLength(2)
  })

  it('delays no write when the server refuses to end it', async () => {
    const { events, lose, write } = breaking({
      ending: () => Promise.reject(driverError('other')),
    })
    await lose()
    await write()
    await write()
    expect(unnumbered(events)).toEqual([ended, 'write on connection', 'write on connection'])
  })

  it('is ended by the next write also when the first that should is itself lost with a write under way', async () => {
    const { events, lose, opened, write } = breaking()
    await opened(3)
    await lose()
    await lose()
    await write()
    // The first was ended by the second, before that one was lost.
    expect(unnumbered(events)).toEqual([ended, ended, 'write on connection'])
  })

  it('are ended one after the other: drivers take one statement at a time', async () => {
    let underWay = 0
    let most = 0
    const ending = async () => {
      most = Math.max(most, ++underWay)
      await turn()
      underWay--
    }
    const { database, breakOne, write, opened, events } = breaking({ ending })
    await opened(3)
    const { answer } = database
    const gate = deferred()
    database.answer = ({ on }) => gate.promise.then(() => breakOne(on))
    const writes = [write(), write(), write()]
    const sent = database.sent.length
    while (database.sent.length < sent + 3) await turn()
    gate.resolve(undefined)
    await Promise.allSettled(writes)
    database.answer = answer
    await write()
    expect(events.filter((event) => event.includes('is ended by'))).toHaveLength(3)
    expect(most).toBe(1)
  })
})
