import { sqlite } from '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { transactions } from '../../src/laws/transactions.js'
import { brokenBy } from './breaking.js'

const title = (law: string) => `a transaction of the application: ${law}`

const prototype = KnexSessionStore.prototype as unknown as {
  set(sid: string, session: SessionData): Promise<void>
}
const { set } = prototype

/**
 * Has every store do something to its transaction in a `set` that failed, and in one that did not.
 */
function breakStores(
  work: (transaction: Knex.Transaction, failed: boolean) => Promise<unknown>,
): void {
  jest.spyOn(prototype, 'set').mockImplementation(async function (
    this: KnexSessionStore,
    sid,
    session,
  ) {
    const transaction = this.options.knex as Knex.Transaction
    try {
      await set.call(this, sid, session)
    } catch (error) {
      await work(transaction, true)
      throw error
    }
    await work(transaction, false)
  })
}

describe('the laws on a transaction of the application', () => {
  afterEach(() => jest.restoreAllMocks())

  it('notice a store that commits it when it misses its table', async () => {
    breakStores(async (transaction, failed) => {
      if (!failed) return
      await transaction.raw('commit')
      await transaction.raw('begin')
    })
    expect(await brokenBy({}, [transactions])).toContain(
      title('is not committed by a store that misses its table'),
    )
  })

  it('notice a store that ends it when it misses its table', async () => {
    breakStores(async (transaction, failed) => failed && transaction.rollback())
    expect(await brokenBy({}, [transactions])).toContain(
      title('goes on after a store missed its table'),
    )
  })

  it('notice a store that commits what it wrote', async () => {
    breakStores(async (transaction, failed) => failed || transaction.commit())
    expect(await brokenBy({}, [transactions])).toContain(
      title('has what a store wrote in it, and takes that with it'),
    )
  })

  it('notice an adapter that finds no table', async () => {
    const tableExists = {
      statement: () => ({ sql: 'select 1', bindings: [] }),
      answer: () => false,
    }
    expect(await brokenBy({ server: { ...sqlite.server, tableExists } }, [transactions])).toEqual([
      title('has what a store wrote in it, and takes that with it'),
    ])
  })
})
