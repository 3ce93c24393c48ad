import { sessionTable, toEpochMs } from '../src/dialect/index.js'
import { SessionTableGateway } from '../src/table/gateway.js'
import { Ticker } from '../src/time.js'
import { fakeAdapter, FakeDatabase } from './fake-database.js'

it('without a statement of the adapter’s, updates of rows with versions stay one by one', async () => {
  const { knex } = new FakeDatabase()
  const options = { timeout: 1_000, preparedStatements: true, durableTouch: false }
  const table = sessionTable({ onConflict: true })
  const gateway = new SessionTableGateway(knex, fakeAdapter(), table, options, new Ticker(1_000))
  expect(gateway.updatesOneByOne).toBe(true)
  const row = { sid: 'a', sess: '{}', expired: toEpochMs(0), version: '0'.repeat(32) }
  await gateway.update([row], Infinity)
  expect(gateway.updatesOneByOne).toBe(true)
})
