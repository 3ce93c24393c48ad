import { orderedBySid, runBatch } from '../src/batch.js'
import { SessionStoreError } from '../src/errors.js'

const failure = (kind: 'other' | 'connection') => new SessionStoreError({ code: 'ERR_DATABASE', kind, message: 'failed' })

describe('a batch', () => {
  it('goes out ordered by sid, and its results come back in the order of the calls', async () => {
    const sent: (readonly string[])[] = []
    const run = orderedBySid<string, string>(
      (sid) => sid,
      (sids) => {
        sent.push(sids)
        return Promise.resolve(sids.map((sid) => `${sid}!`))
      },
    )
    expect(await run(['c', 'a', 'B', 'b'])).toEqual(['c!', 'a!', 'B!', 'b!'])
    expect(sent).toEqual([['B', 'a', 'b', 'c']])
  })

  it('that fails runs its calls one by one, so that only the one at fault fails', async () => {
    const end = await runBatch(['good', 'bad', 'good too'], (calls) =>
      calls.includes('bad') ? Promise.reject(failure('other')) : Promise.resolve(calls.map((call) => `${call}!`)),
    )
    expect(end.results).toEqual(['good!', undefined, 'good too!'])
    expect([...(end.failures?.keys() ?? [])]).toEqual([1])
  })

  it('that fails for want of a connection is not tried one by one', async () => {
    let sent = 0
    const run = () => {
      sent++
      return Promise.reject(failure('connection'))
    }
    await expect(runBatch(['a', 'b'], run)).rejects.toMatchObject({ kind: 'connection' })
    expect(sent).toBe(1)
  })
})
