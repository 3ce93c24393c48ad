import { toEpochMs, type SessionRow } from '../src/dialect/index.js'
import { Change, ownHalf, versionAfter, type Versions } from '../src/session/conflicts/change.js'

const expired = toEpochMs(0)
const rowOf = (sess: string): SessionRow => ({ sid: 'a', sess, expired })

/** A session that was loaded, and a merge that writes down what it was given. */
function loaded() {
  const versions: Versions = { own: ownHalf(versionAfter()), base: 'base' }
  const merges: string[] = []
  const merge = (base: string, mine: SessionRow, theirs: { readonly sess: string }) => {
    merges.push(`${base} ${mine.sess} ${theirs.sess}`)
    return Promise.resolve(rowOf(`${mine.sess}+${theirs.sess}`))
  }
  return { versions, merges, merge }
}

describe('a change of a session that was loaded', () => {
  it('is sent again as it was until it is merged', () => {
    const { versions, merge } = loaded()
    const change = new Change(versions, merge)
    const sent = change.rowOf(rowOf('mine'))
    expect(sent.version?.slice(16)).toBe(versions.own)
    expect(change.rowOf(rowOf('mine'))).toBe(sent)
  })

  it('is made from what the one before it has written', () => {
    const { versions, merge } = loaded()
    const first = new Change(versions, merge)
    const { version } = first.rowOf(rowOf('1'))
    first.written()
    expect(versions.base).toBe('1')
    expect(new Change(versions, merge).rowOf(rowOf('2')).version?.slice(16)).toBe(ownHalf(version))
  })

  it('has no conflict with one of the same object whose success nobody heard of', async () => {
    const { versions, merges, merge } = loaded()
    const { version = '' } = new Change(versions, merge).rowOf(rowOf('1'))
    for (const mergeOrNot of [merge, undefined]) {
      const second = new Change({ ...versions }, mergeOrNot)
      second.rowOf(rowOf('2'))
      await second.meet({ sess: '1', expired, version })
      const again = second.rowOf(rowOf('2'))
      expect([again.sess, again.version?.slice(16)]).toEqual(['2', ownHalf(version)])
    }
    expect(merges).toEqual([])
  })

  it('is merged from what the one before it has written, though nobody heard of that', async () => {
    const { versions, merges, merge } = loaded()
    const { version = '' } = new Change(versions, merge).rowOf(rowOf('1'))
    const second = new Change(versions, merge)
    second.rowOf(rowOf('2'))
    await second.meet({ sess: '1', expired, version })
    await second.meet({ sess: 'theirs', expired, version: versionAfter() })
    expect(merges).toEqual(['1 2 theirs'])
  })

  it.each(['heard of', 'heard of by nobody'])(
    'is merged with what the one before it was merged with, whose success was %s',
    async (heard) => {
      const { versions, merges, merge } = loaded()
      const first = new Change(versions, merge)
      first.rowOf(rowOf('1'))
      await first.meet({ sess: 'theirs', expired, version: versionAfter() })
      const stored = first.rowOf(rowOf('1'))
      if (heard === 'heard of') first.written()
      const second = new Change(versions, merge)
      expect(second.rowOf(rowOf('2')).version?.slice(16)).not.toBe(ownHalf(stored.version))
      await second.meet({ ...stored, version: stored.version ?? '' })
      expect(second.rowOf(rowOf('2')).sess).toBe('2+1+theirs')
      expect(merges.at(-1)).toBe('1 2 1+theirs')
    },
  )

  it('has no conflict with itself', async () => {
    const { versions, merges, merge } = loaded()
    const change = new Change(versions, merge)
    const sent = change.rowOf(rowOf('mine'))
    await change.meet({ sess: 'mine', expired, version: sent.version ?? '' })
    expect(change.rowOf(rowOf('mine'))).toBe(sent)
    expect(merges).toEqual([])
  })

  it('is merged with what it meets, from what was loaded, as often as it meets another', async () => {
    const { versions, merges, merge } = loaded()
    const change = new Change(versions, merge)
    change.rowOf(rowOf('mine'))
    for (const sess of ['theirs', 'others']) {
      const version = versionAfter()
      await change.meet({ sess, expired, version })
      const row = change.rowOf(rowOf('mine'))
      expect([row.sess, row.version?.slice(16)]).toEqual([`mine+${sess}`, ownHalf(version)])
    }
    expect(merges).toEqual(['base mine theirs', 'base mine others'])
  })

  it('fails if nothing is to be merged', async () => {
    const change = new Change(loaded().versions, undefined)
    change.rowOf(rowOf('mine'))
    await expect(
      change.meet({ sess: 'theirs', expired, version: versionAfter() }),
    ).rejects.toMatchObject({ code: 'ERR_CONFLICT' })
  })
})
