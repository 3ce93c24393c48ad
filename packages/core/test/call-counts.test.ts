import type { SessionWrite } from '../src/session/writes.js'
import { set, storeWith } from './fake-store.js'

it('the calls of a store are counted on after a clear', async () => {
  const { calls, write } = storeWith()
  write(set('a'))
  await calls.clear()
  write(set('b'))
  await calls.close(Promise.resolve())
  expect(calls.stats.writes).toEqual({ calls: 2, batches: 2, waiting: 0, inFlight: 0 })
})

it('as many writes wait for their serializer as `maxQueue` allows, and no more', () => {
  const { calls } = storeWith()
  const codes: unknown[] = []
  const never = new Promise<SessionWrite>(() => undefined)
  for (let each = 0; each < 102; each++)
    calls.writeWhenReady('a', never, Infinity, (error) => {
      codes.push((error as { code?: string }).code)
    })
  expect(codes).toEqual(['ERR_QUEUE_FULL', 'ERR_QUEUE_FULL'])
})
