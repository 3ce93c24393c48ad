import { setImmediate as turn } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import createKnex, { type Knex } from 'knex'
import { mssql } from '../src/index.js'
import { holds, TdsServer, type Answer } from './tds-server.js'

const session = { cookie: { originalMaxAge: 60_000 } }

/** A server that answers as `answer` says, a knex instance on it, and stores to be closed. */
async function trial(
  answer: Answer,
  work: (server: TdsServer, knex: Knex, storeOn: (knex: Knex) => KnexSessionStore) => Promise<void>,
  settings: Parameters<TdsServer['connect']>[0] = {},
): Promise<void> {
  const server = new TdsServer(answer)
  await server.listen()
  const knex = server.connect(settings)
  const stores: KnexSessionStore[] = []
  const storeOn = (on: Knex) => {
    const store = new KnexSessionStore({
      knex: on,
      dialect: mssql,
      cleanupInterval: 0,
      timeout: 5_000,
    })
    stores.push(store)
    return store
  }
  try {
    await work(server, knex, storeOn)
  } finally {
    await Promise.all(stores.map((store) => store.close()))
    await knex.destroy()
    await server.close()
  }
}

/** Statements that hold a text wait until they are let go. */
function gate(text: string) {
  let letGo: () => void = () => undefined
  const open = new Promise<void>((resolve) => (letGo = resolve))
  const answer: Answer = (statement) => (holds(statement, text) ? open : undefined)
  return { answer, letGo: () => letGo() }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}

describe('statements of the store beside parallel statements of a transaction', () => {
  it('never run in that transaction, and none of its statements runs outside', async () => {
    const slow = gate('app 1')
    await trial(slow.answer, async (server, knex, storeOn) => {
      const store = storeOn(knex)
      await store.ready
      const trx = await knex.transaction()
      const statements = Promise.all(
        ['app 1', 'app 2', 'app 3'].map((text) => trx.raw(`select '${text}'`)),
      )
      await until(() => server.with('app 1').length === 1)
      // Reads, writes, the builder's deletes, each sent by a connection that is not the
      // transaction's.
      await Promise.all([
        store.set('a', session),
        store.get('b'),
        store.length(),
        store.set('c', session),
      ])
      slow.letGo()
      await statements
      await Promise.all([store.set('a', session), store.get('b'), store.length()])
      await trx.rollback()
      expect(server.with('[sessions]').map((each) => each.inTransaction)).not.toContain(true)
      expect(server.with('app ').map((each) => each.inTransaction)).toEqual([true, true, true])
    })
  })

  it('find a connection that is busy by a fault of others, and are sent again', async () => {
    const slow = gate('app 1')
    await trial(
      slow.answer,
      async (server, knex, storeOn) => {
        const store = storeOn(knex)
        await store.ready
        const connection = (await (knex.client as Knex.Client).acquireConnection()) as object
        const busy = knex.raw("select 'app 1'").connection(connection).then()
        await until(() => server.with('app 1').length === 1)
        ;(knex.client as Knex.Client).releaseConnection(connection)
        const writing = store.set('a', session)
        await turn()
        slow.letGo()
        await Promise.all([busy, writing])
        expect(server.with('update [sessions]')).toHaveLength(1)
      },
      { connections: 1 },
    )
  })
})

describe('a store on a transaction of the application', () => {
  it('sends all of its statements there, and none of the application is left waiting', async () => {
    const slow = gate('app 1')
    await trial(slow.answer, async (server, knex, storeOn) => {
      const trx = await knex.transaction()
      const store = storeOn(trx)
      await store.ready
      const first = trx.raw("select 'app 1'").then()
      await until(() => server.with('app 1').length === 1)
      const all = Promise.all([
        store.set('a', session),
        store.get('b'),
        trx.raw("select 'app 2'"),
        trx.raw("select 'app 3'"),
      ])
      slow.letGo()
      await Promise.all([first, all])
      await Promise.all([store.set('a', session), trx.raw("select 'app 4'")])
      await trx.commit()
      expect(server.arrived.map((each) => each.inTransaction)).not.toContain(false)
      expect(server.with('app ')).toHaveLength(4)
    })
  })

  it('sends none of them on the connection of another transaction', async () => {
    const slow = gate('app ')
    await trial(slow.answer, async (server, knex, storeOn) => {
      const [trx, other] = [await knex.transaction(), await knex.transaction()]
      const store = storeOn(trx)
      await store.ready
      await trx.raw("select 'own'")
      const own = server.with('own')[0]!.connection
      const running = Promise.all([other.raw("select 'app other'"), trx.raw("select 'app own'")])
      await until(() => server.with('app ').length === 2)
      const calls = Promise.all([
        store.set('who-1', session),
        store.get('who-2'),
        store.get('who-3'),
      ])
      await turn()
      slow.letGo()
      await Promise.all([running, calls])
      await Promise.all([trx.rollback(), other.rollback()])
      expect(server.with('[sessions]').filter((each) => each.connection !== own)).toEqual([])
      expect(['who-1', 'who-2', 'who-3'].map((sid) => server.with(sid).length)).toEqual([1, 1, 1])
    })
  })

  it('sends nothing after its end, also what waited for a turn', async () => {
    const none: Answer = () => undefined
    await trial(none, async (server, knex, storeOn) => {
      const trx = await knex.transaction()
      const store = storeOn(trx)
      await store.ready
      const before = server.arrived.length
      const committing = trx.commit()
      const waiting = store.get('a')
      await expect(waiting).rejects.toMatchObject({ databaseCode: 'EINVALIDSTATE' })
      await committing
      await expect(store.get('a')).rejects.toThrow()
      expect(server.arrived).toHaveLength(before)
    })
  })

  it('cancels none of the application when its own time is over, and sends nothing late', async () => {
    const slow = gate('app 1')
    await trial(slow.answer, async (server, knex) => {
      const trx = await knex.transaction()
      const store = new KnexSessionStore({
        knex: trx,
        dialect: mssql,
        cleanupInterval: 0,
        timeout: 100,
      })
      await store.ready
      const running = trx.raw("select 'app 1'").then()
      await until(() => server.with('app 1').length === 1)
      await expect(store.set('late', session)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
      slow.letGo()
      await running
      await trx.raw("select 'app 2'")
      expect(server.cancelled).toEqual([])
      expect(server.with('late')).toEqual([])
      await trx.commit()
      await store.close()
    })
  })
})

describe('settings of the application', () => {
  it.each(['knex', 'a transaction'])(
    'that bind texts in a code page leave sessions as they are, on %s',
    async (on) => {
      const { TYPES } = await import('tedious')
      const mapBinding = (value: unknown) =>
        typeof value === 'string' ? { value, type: TYPES.VarChar } : undefined
      await trial(
        () => undefined,
        async (server, knex, storeOn) => {
          const trx = on === 'knex' ? undefined : await knex.transaction()
          const store = storeOn(trx ?? knex)
          const text = 'Łukasz 山田 😀'
          await store.set('sid 山', { ...session, text } as never)
          await store.get('sid 山')
          expect(server.with(text)).toHaveLength(1)
          expect(server.with('sid 山')).toHaveLength(2)
          await (trx ?? knex).raw('select ?', [text])
          expect(server.with(text)).toHaveLength(1)
          await trx?.commit()
        },
        { mapBinding },
      )
    },
  )
})

describe('the parameters of a statement', () => {
  const none: Answer = () => undefined
  const sized = (length: number) => ({ ...session, text: 'x'.repeat(length) })

  it('are declared alike, whatever texts and ids there are, so that the server keeps one plan', async () => {
    await trial(none, async (server, knex, storeOn) => {
      const store = storeOn(knex)
      for (const [sid, length] of [
        ['a', 1],
        ['a longer id', 300],
        ['é'.repeat(255), 3_900],
        ['an id', 100_000],
      ] as const)
        await store.set(sid, sized(length))
      const declared = '@p0 nvarchar(255), @p1 nvarchar(max), @p2 nvarchar(255)'
      expect(server.with(declared)).toHaveLength(4)
    })
  })

  it('take the room of their own texts, beside a long one too', async () => {
    await trial(none, async (server, knex) => {
      const store = new KnexSessionStore({
        knex,
        dialect: mssql,
        cleanupInterval: 0,
        batch: { lanes: 1 },
      })
      await store.ready
      await Promise.all(
        Array.from({ length: 129 }, (_, index) =>
          store.set(`sid-${String(index)}`, sized(index === 60 ? 5_000 : 1) as never),
        ),
      )
      const largest = Math.max(...server.with('@p1 ').map(({ payload }) => payload.length))
      expect(server.with('sid-60')[0]!.payload.length).toBe(largest)
      expect(largest).toBeLessThan(150_000)
      await store.close()
    })
  })
})

describe('the number of rows that the query builder deleted', () => {
  it.each([
    ['SQL Server', ''],
    ['Babelfish', 'rowcount'],
  ])('is found under the name that %s gives it', (_, colName) => {
    const shared = createKnex({ client: 'mssql' }).client as Knex.Client
    const own = Object.create(shared, mssql.driver!.ownClient!(shared)) as {
      processResponse(query: object, runner: object): unknown
    }
    const query = (method: string, returning?: string) => ({
      method,
      returning,
      response: [[{ value: 0, metadata: { colName } }]],
    })
    expect(own.processResponse(query('del', '@@rowcount'), {})).toBe(0)
    expect(own.processResponse(query('select'), {})).toEqual([{ [colName]: 0 }])
  })
})
