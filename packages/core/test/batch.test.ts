import { orderedBySid, runBatch } from '../src/delivery/batch.js'
import { SessionStoreError } from '../src/errors.js'
import { noteLoss } from '../src/delivery/lost-connections.js'

const failure = (kind: 'other' | 'connection') => new SessionStoreError({ code: 'ERR_DATABASE', kind, message: 'failed' })

/** What becomes of a statement whose connection is lost under way. */
const loss = () => {
  const error = new SessionStoreError({ code: 'ERR_CONNECTION', kind: 'connection', message: 'lost' })
  noteLoss(error, { code: 'ECONNRESET' })
  return error
}

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
    expect(await run(['c', 'a', 'B', 'b'], false)).toEqual(['c!', 'a!', 'B!', 'b!'])
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

  it('that loses its connection again and again runs in halves, and what loses it by itself is left to run alone', async () => {
    const sent: string[] = []
    const run = (calls: readonly string[], tellsLosses: boolean) => {
      sent.push(calls.join(''))
      expect(tellsLosses).toBe(true)
      return calls.includes('C') ? Promise.reject(loss()) : Promise.resolve(calls.map((call) => `${call}!`))
    }
    const end = await runBatch(['a', 'b', 'C', 'd', 'e'], run, { deadline: Infinity })
    expect(sent).toEqual(['abCde', 'abC', 'ab', 'C', 'de'])
    expect(end.results).toEqual(['a!', 'b!', undefined, 'd!', 'e!'])
    expect([...(end.failures ?? [])]).toEqual([])
    expect([...(end.alone ?? [])]).toEqual([2])
  })

  it('that fails leaves a call alone that loses its connection, and runs the rest', async () => {
    const run = (calls: readonly string[]) => {
      if (calls.length > 1) return Promise.reject(failure('other'))
      return calls[0] === 'bad' ? Promise.reject(loss()) : Promise.resolve(calls.map((call) => `${call}!`))
    }
    const end = await runBatch(['bad', 'good'], run, { deadline: Infinity })
    expect(end.results).toEqual([undefined, 'good!'])
    expect([...(end.alone ?? [])]).toEqual([0])
  })

  it('of one call is the caller’s to try again when it loses its connection', async () => {
    const run = (_: readonly string[], tellsLosses: boolean) => {
      expect(tellsLosses).toBe(false)
      return Promise.reject(loss())
    }
    await expect(runBatch(['a'], run, { deadline: Infinity })).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
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
