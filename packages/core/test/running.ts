import type { DriverAccess } from '../src/dialect/index.js'
import { fakeAdapter, FakeDatabase, fakeDriver } from './fake-database.js'
import { pass } from './standing-clock.js'

const statement = { sql: 'upsert', bindings: [] }

/**
 * A runner on a fake database that is reached by a driver, and the connections that were ended at
 * once.
 */
export function running(parts: Partial<DriverAccess> = {}, connections = 4) {
  const database = new FakeDatabase({ connections })
  const ended: unknown[] = []
  const driver = fakeDriver(database, {
    destroy: (connection) => void ended.push(connection),
    ...parts,
  })
  const runner = database.runner(fakeAdapter({ driver }))
  const inMs = (ms: number) => performance.now() + ms
  return {
    database,
    ended,
    runner,
    write: (ms: number, stopAfter?: number) =>
      runner.statement(
        { ...statement, ...(stopAfter !== undefined && { stopAfter }) },
        { work: 'writing sessions', deadline: inMs(ms), writes: true },
      ),
    read: (ms: number) =>
      runner.statement(
        { sql: 'read', bindings: [] },
        { work: 'reading sessions', deadline: inMs(ms) },
      ),
    /** The connection of the next statement. */
    async next(): Promise<unknown> {
      const reading = runner.statement(
        { sql: 'read', bindings: [] },
        { work: 'reading sessions', deadline: inMs(10_000) },
      )
      // A pool takes its time to make another connection.
      await pass(500)
      await reading
      return database.sent.at(-1)?.on
    },
  }
}
