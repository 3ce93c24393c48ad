import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { Knex } from 'knex'
import { LentConnections } from '../src/lent-connections.js'

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
  return { pool, released, connections: new LentConnections({ client } as unknown as Knex) }
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
})
