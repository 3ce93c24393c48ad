import { KnexSessionStore } from '@knex-session/core'
import { oracle } from '../src/index.js'
import { fakeOracle, oracleError, type Execute } from './fake-oracledb.js'

const session = { cookie: { originalMaxAge: 60_000 } }
const never = new Promise<never>(() => undefined)

async function trial(
  execute: Execute,
  work: (store: KnexSessionStore, trial: ReturnType<typeof fakeOracle>) => Promise<void>,
  { inTransaction = false, timeout = 500 } = {},
): Promise<void> {
  const fake = fakeOracle(execute)
  const trx = inTransaction ? await fake.knex.transaction() : undefined
  const store = new KnexSessionStore({
    knex: trx ?? fake.knex,
    dialect: oracle,
    cleanupInterval: 0,
    timeout,
  })
  await store.ready
  for (const connection of fake.opened) connection.calls.length = 0
  try {
    await work(store, fake)
  } finally {
    await store.close()
    await trx?.rollback()
    await fake.knex.destroy()
  }
}

/** Rows of nothing, but an error for the first statements of a kind. */
function failing(kind: string, ...numbers: readonly number[]): Execute {
  const left = [...numbers]
  return (sql) => {
    if (!sql.includes(kind)) return []
    const number = left.shift()
    if (number !== undefined) throw oracleError(number)
    return []
  }
}

describe('after a statement that failed', () => {
  it('the transaction is rolled back, so that nobody waits for the rows of it: a write', async () => {
    await trial(failing('insert into', 12899), async (store, { opened }) => {
      await expect(store.set('a', session)).rejects.toMatchObject({ code: 'ERR_DATABASE' })
      expect(opened[0]!.calls).toEqual(['execute update, commit', 'rollback'])
      await store.set('a', session)
      expect(opened[0]!.calls.slice(2)).toEqual(['execute update, commit'])
    })
  })

  it('the same goes for the deletes of the query builder', async () => {
    await trial(failing('delete from', 2292), async (store, { opened }) => {
      await expect(store.clear()).rejects.toMatchObject({ code: 'ERR_DATABASE' })
      expect(opened[0]!.calls).toEqual(['execute delete, commit', 'rollback'])
    })
  })

  it.each([60, 63300, 63302])(
    'the next attempt begins a transaction of its own: ORA-%i',
    async (number) => {
      await trial(failing('insert into', number), async (store, { opened }) => {
        await store.set('a', session)
        expect(opened[0]!.calls).toEqual([
          'execute update, commit',
          'rollback',
          'execute update, commit',
        ])
      })
    },
  )

  it('a connection that does not answer the rollback is not used again', async () => {
    await trial(
      failing('insert into', 60),
      async (store, { opened }) => {
        opened[0]!.stuck = true
        await store.set('a', session)
        expect(opened.map(({ calls }) => calls.filter((call) => call !== 'close'))).toEqual([
          ['execute update, commit', 'rollback'],
          ['execute update, commit'],
        ])
      },
      { timeout: 10_000 },
    )
  })

  it('a transaction of the application is left to the application', async () => {
    await trial(
      failing('insert into', 12899),
      async (store, { opened }) => {
        await expect(store.set('a', session)).rejects.toMatchObject({ code: 'ERR_DATABASE' })
        expect(opened[0]!.calls).toEqual(['execute update'])
      },
      { inTransaction: true },
    )
  })
})

describe('a statement whose time is up', () => {
  it('is stopped on its own connection, which is used again', async () => {
    let stuck = true
    await trial(
      (sql) => (stuck && sql.includes('insert into') ? never : []),
      async (store, { opened }) => {
        await expect(store.set('a', session)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
        stuck = false
        await store.set('a', session)
        const [first] = opened
        expect(first!.calls.slice(0, 3)).toEqual(['execute update, commit', 'break', 'rollback'])
        expect(opened).toHaveLength(1)
      },
    )
  })
})

describe('the round trips of a call', () => {
  it.each([
    ['set', (store: KnexSessionStore) => store.set('a', session), 'execute update, commit'],
    ['get', (store: KnexSessionStore) => store.get('a'), 'execute select, commit'],
    ['touch', (store: KnexSessionStore) => store.touch('a', session), 'execute update, commit'],
    ['destroy', (store: KnexSessionStore) => store.destroy('a'), 'execute delete, commit'],
    ['clear', (store: KnexSessionStore) => store.clear(), 'execute delete, commit'],
  ])('of a %s are one: the statement commits by itself', async (_, call, asked) => {
    await trial(
      () => [],
      async (store, { opened }) => {
        await call(store)
        expect(opened.flatMap(({ calls }) => calls)).toEqual([asked])
      },
    )
  })

  it.each([
    [1, ['execute update, commit']],
    [0, ['execute update, commit', 'execute select', 'commit']],
  ])('of a set of a session that was loaded, found %i times', async (found, calls) => {
    const row = { sid: 'a', sess: JSON.stringify(session), expired: '2999-01-01T00:00:00.000' }
    await trial(
      (sql) => (sql.includes('"sess" as "sess"') ? [row] : []),
      async (store, { opened }) => {
        const loaded = await store.get('a')
        opened[0]!.found = found
        opened[0]!.calls.length = 0
        await store.set('a', loaded!)
        expect(opened[0]!.calls).toEqual(calls)
      },
    )
  })

  it('hold no commit in a transaction of the application', async () => {
    await trial(
      () => [],
      async (store, { opened }) => {
        await store.set('a', session)
        await store.get('a')
        await store.destroy('a')
        expect(opened[0]!.calls).toEqual(['execute update', 'execute select', 'execute delete'])
      },
      { inTransaction: true },
    )
  })
})

describe('settings of the application in oracledb', () => {
  it('do not cut what is read: `maxRows`', async () => {
    const row = (sid: string) => ({
      sid,
      sess: JSON.stringify(session),
      expired: '2999-01-01T00:00:00.000',
    })
    const everybody = ['a', 'b', 'c'].map(row)
    const execute: Execute = (sql, { maxRows = 1 }) =>
      sql.includes('"sess" as "sess"')
        ? everybody.slice(0, maxRows === 0 ? undefined : Number(maxRows))
        : []
    await trial(execute, async (store) => {
      expect(await Promise.all(['a', 'b', 'c'].map((sid) => store.get(sid)))).not.toContain(null)
      expect(await store.all()).toHaveLength(3)
    })
  })
})
