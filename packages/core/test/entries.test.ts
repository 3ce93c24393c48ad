import { AsyncLocalStorage } from 'node:async_hooks'
import { driverError, FakeDatabase, type Sent } from './fake-database.js'
import { pass, useStandingClock } from './standing-clock.js'

useStandingClock()

const size = 128

/** A database of so many live sessions, which answers a page as it is asked. */
async function databaseWith(count: number, options = {}) {
  const database = new FakeDatabase()
  const store = database.store({ timeout: 1_000, ...options })
  await store.ready
  database.sent.length = 0
  const rows = Array.from({ length: count }, (_, number) => ({
    sid: `sid-${String(number).padStart(6, '0')}`,
    sess: JSON.stringify({ cookie: {}, number }),
    expired: String(Date.now() + 1_000_000),
  }))
  database.answer = ({ bindings }: Sent) => {
    const [from, limit] =
      bindings.length === 3 ? [String(bindings[1]), Number(bindings[2])] : ['', Number(bindings[1])]
    return rows.filter(({ sid }) => sid >= from).slice(0, limit)
  }
  return { database, store, rows }
}

describe('going through all sessions', () => {
  it('sends a statement for each page, when it is come to, and none after it was left', async () => {
    const { database, store } = await databaseWith(3 * size)
    const sent: number[] = []
    for await (const { sid } of store.entries()) {
      sent.push(database.sent.length)
      if (sid === `sid-${String(size).padStart(6, '0')}`) break
    }
    expect(sent).toEqual([...Array<number>(size).fill(1), 2])
    await pass(1_000)
    expect(database.sent).toHaveLength(2)
  })

  it('takes the time of one call for each page, not for all', async () => {
    const { database, store } = await databaseWith(3 * size)
    const { answer } = database
    database.answer = async (sent) => {
      await new Promise((resolve) => setTimeout(resolve, 800))
      return answer(sent)
    }
    let count = 0
    const done = (async () => {
      for await (const _ of store.entries()) count++
    })()
    for (let turn = 0; turn < 40; turn++) await pass(100)
    await done
    expect(count).toBe(3 * size)
  })

  it('fails when a page takes longer, and is over then', async () => {
    const { database, store } = await databaseWith(3 * size)
    const entries = store.entries()
    for (let number = 0; number < size; number++) await entries.next()
    database.answer = () => new Promise(() => undefined)
    const failed = expect(entries.next()).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await pass(1_100)
    await failed
    expect(await entries.next()).toEqual({ done: true, value: undefined })
  })

  it('tries a page again that lost a race', async () => {
    const { database, store } = await databaseWith(2 * size)
    const { answer } = database
    let tries = 0
    database.answer = (sent) => {
      if (sent.bindings.length === 3 && tries++ < 2) throw driverError('retryable')
      return answer(sent)
    }
    let count = 0
    const done = (async () => {
      for await (const _ of store.entries()) count++
    })()
    for (let turn = 0; turn < 10; turn++) await pass(50)
    await done
    expect([count, tries]).toEqual([2 * size, 4])
  })

  it('ends in the middle of a page when the store is closed', async () => {
    const { store } = await databaseWith(10)
    const entries = store.entries()
    await entries.next()
    await store.close()
    await expect(entries.next()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(await entries.next()).toEqual({ done: true, value: undefined })
  })

  it('reads each session in the async context of who asks for it', async () => {
    const context = new AsyncLocalStorage<string>()
    const parse = (text: string) => ({
      ...(JSON.parse(text) as { cookie: never }),
      of: context.getStore(),
    })
    const { store } = await databaseWith(size + 2, {
      serializer: { stringify: JSON.stringify, parse },
    })
    const entries = store.entries()
    for (let number = 0; number < size + 2; number++) {
      const who = `request ${String(number)}`
      const { value } = await context.run(who, () => entries.next())
      expect((value as { session: unknown }).session).toMatchObject({ number, of: who })
    }
  })

  it('throws nothing at once, and sends nothing until it is asked', async () => {
    const { database, store } = await databaseWith(1)
    store.entries()
    await store.close()
    const entries = store.entries()
    await expect(entries.next()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(database.sent).toEqual([])
  })
})

describe('a destroy of several sessions', () => {
  it('fails when all of them have ended, some of them well', async () => {
    const { database, store } = await databaseWith(0, { batch: false })
    const ended: string[] = []
    database.answer = ({ bindings: [sid] }: Sent) => {
      if (sid === 'b') throw driverError('other')
      ended.push(String(sid))
      return 1
    }
    const failed = expect(store.destroy(['a', 'b', 'c'])).rejects.toMatchObject({
      code: 'ERR_DATABASE',
    })
    await pass(10)
    await failed
    expect(ended).toEqual(['a', 'c'])
  })

  it('counts as many calls for `maxQueue`', async () => {
    const { store } = await databaseWith(0, { maxQueue: 2 })
    const failed = expect(store.destroy(['a', 'b', 'c'])).rejects.toMatchObject({
      code: 'ERR_QUEUE_FULL',
    })
    await pass(10)
    await failed
  })
})
