import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { Knex } from 'knex'
import { Connections } from '../src/statement/connections.js'

/** A pool of knex that counts, with so many others who wait for a connection. */
function lending() {
  const pool = { waiting: 0, numPendingAcquires: () => pool.waiting }
  const released: unknown[] = []
  let made = 0
  const client = {
    pool,
    acquireConnection: () => Promise.resolve(`connection ${String(++made)}`),
    releaseConnection: (connection: unknown) => Promise.resolve(released.push(connection)),
  }
  return { client, pool, released, connections: new Connections({ client } as unknown as Knex) }
}

describe('a connection that knex lent', () => {
  it('serves the statement that follows at once, and goes back when the turn of the event loop ends', async () => {
    const { connections, released } = lending()
    const first = await connections.take()
    connections.giveBack(first, true)
    expect(connections.take()).toBe(first)
    connections.giveBack(first, true)
    expect(released).toEqual([])
    await endOfTurn()
    expect(released).toEqual([first])
    expect(await connections.take()).toBe('connection 2')
  })

  it('goes back at once when somebody waits for one', async () => {
    const { connections, pool, released } = lending()
    const first = await connections.take()
    pool.waiting = 1
    connections.giveBack(first, true)
    expect(released).toEqual([first])
    expect(await connections.take()).toBe('connection 2')
  })

  it('goes back at once when it is not usable', async () => {
    const { connections, released } = lending()
    const first = await connections.take()
    connections.giveBack(first, false)
    expect(released).toEqual([first])
    expect(await connections.take()).toBe('connection 2')
  })

  it('goes back when the store is closed', async () => {
    const { connections, released } = lending()
    const first = await connections.take()
    connections.giveBack(first, true)
    connections.giveBackAll()
    expect(released).toEqual([first])
    await endOfTurn()
    expect(released).toEqual([first])
  })

  it.each([
    ['that counts who waits', { waitingCount: 0 }, []],
    ['for which somebody waits', { waitingCount: 1 }, ['connection 1']],
    ['that does not tell', {}, ['connection 1']],
  ])(
    'goes back at once to a pool of the application’s unless nobody waits: one %s',
    async (_, connectionPool, expected) => {
      const { client, connections, released } = lending()
      Object.assign(client, { config: { connectionPool }, pool: {} })
      connections.giveBack(await connections.take(), true)
      expect(released).toEqual(expected)
    },
  )

  it('goes back to a pool of the application’s after knex was destroyed, and past a knex that fails', async () => {
    const { client, connections } = lending()
    const back: unknown[] = []
    const pool = { release: (connection: unknown) => back.push(connection) }
    const own = new Connections({ client: Object.assign(client, { pool }) } as unknown as Knex)
    const first = await own.take()
    Object.assign(client, { pool: undefined })
    own.giveBack(first, true)
    await endOfTurn()
    expect(back).toEqual([first])
    const failing = { pool: {}, releaseConnection: () => Promise.reject(new Error('no')) }
    connections.giveBack(await connections.take(), false)
    new Connections({ client: failing } as unknown as Knex).giveBack('one', false)
    await endOfTurn()
  })
})
