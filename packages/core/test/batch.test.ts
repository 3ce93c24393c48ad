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
    const end = await runBatch(
      ['good', 'bad', 'good too'],
      (calls) => (calls.includes('bad') ? Promise.reject(failure('other')) : Promise.resolve(calls.map((call) => `${call}!`))),
      { deadline: Infinity },
    )
    expect(end.results).toEqual(['good!', undefined, 'good too!'])
    expect([...(end.failures?.keys() ?? [])]).toEqual([1])
  })

  it('that fails runs no call whose time is up, nor the rest once the connection is gone', async () => {
    for (const [kind, deadline] of [
      ['other', 0],
      ['connection', Infinity],
    ] as const) {
      const sent: string[] = []
      const run = (calls: readonly string[]) => {
        sent.push(calls.join('+'))
        return Promise.reject(failure(calls.length > 1 ? 'other' : kind))
      }
      const end = await runBatch(['a', 'b', 'c'], run, { deadline })
      expect([...(end.failures?.keys() ?? [])]).toEqual([0, 1, 2])
      expect(sent).toEqual(['a+b+c', 'a'])
    }
  })

  it('that fails for want of a connection is not tried one by one', async () => {
    let sent = 0
    const run = () => {
      sent++
      return Promise.reject(failure('connection'))
    }
    await expect(runBatch(['a', 'b'], run, { deadline: Infinity })).rejects.toMatchObject({ kind: 'connection' })
    expect(sent).toBe(1)
  })
})
