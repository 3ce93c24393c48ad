import type { ErrorKind } from '../src/dialect/index.js'
import { driverError, FakeDatabase } from './fake-database.js'

/** What a store says on the console when its look for the table fails, and nobody waits for it. */
async function reported(kind: ErrorKind): Promise<readonly unknown[]> {
  const said: unknown[] = []
  jest.spyOn(console, 'error').mockImplementation((line) => void said.push(line))
  const database = new FakeDatabase()
  database.answer = () => {
    throw driverError(kind)
  }
  const store = database.store({ timeout: 60, onOutage: () => undefined })
  await expect(store.length()).rejects.toThrow()
  // Its own look has begun before.
  await new Promise((resolve) => setTimeout(resolve, 100))
  await store.close()
  return said
}

afterEach(() => jest.restoreAllMocks())

describe('a store that cannot look at its table says so once', () => {
  it('where that lasts until somebody mends it', async () => {
    expect(await reported('access-denied')).toEqual([
      expect.stringContaining('the store fails until that is mended'),
    ])
  })

  it('but not in an outage, which `onOutage` reports', async () => {
    expect(await reported('connection')).toEqual([])
  })
})
