import { toEpochMs } from '../src/dialect/index.js'
import { RecentExpiries } from '../src/session/recent-expiries.js'

const now = toEpochMs(1_000_000)
const expired = toEpochMs(2_000_000)

/** Those of some sessions whose expiry is kept in mind. */
function known(recent: RecentExpiries, sids: string): string {
  return Array.from(sids)
    .filter((sid) => recent.movesLittle(sid, expired, now, 1))
    .join('')
}

function change(recent: RecentExpiries, sid: string, left = expired): void {
  recent.changed(sid, recent.change(sid), left)
}

describe('the expiries that are kept in mind', () => {
  it('are so many and no more; the oldest goes first', () => {
    const recent = new RecentExpiries(3)
    for (const sid of 'abcd') change(recent, sid)
    expect(known(recent, 'abcd')).toBe('bcd')
  })

  it('are young again when they are renewed', () => {
    const recent = new RecentExpiries(3)
    for (const sid of 'abcad') change(recent, sid)
    expect(known(recent, 'abcd')).toBe('acd')
  })

  it('are those that were told last', () => {
    const recent = new RecentExpiries(3)
    change(recent, 'a', toEpochMs(expired - 5))
    expect(known(recent, 'a')).toBe('')
    change(recent, 'a')
    expect(known(recent, 'a')).toBe('a')
  })

  it('are not known while a change is under way, nor after one of which nobody knows what it left', () => {
    const recent = new RecentExpiries(3)
    change(recent, 'a')
    const [first, second] = [recent.change('a'), recent.change('a')]
    recent.changed('a', first, expired)
    expect(known(recent, 'a')).toBe('')
    recent.changed('a', second, undefined)
    expect(known(recent, 'a')).toBe('')
    recent.read('a', recent.place, expired)
    expect(known(recent, 'a')).toBe('a')
  })

  it('come from no read that may have missed a change, also where that is kept in mind no longer', () => {
    const recent = new RecentExpiries(3)
    const before = recent.place
    const place = recent.change('a')
    recent.read('a', recent.place, expired)
    recent.changed('a', place, undefined)
    recent.read('a', before, expired)
    expect(known(recent, 'a')).toBe('')
    for (const sid of 'bcd') change(recent, sid)
    recent.read('a', before, expired)
    expect(known(recent, 'a')).toBe('')
    recent.read('a', recent.place, expired)
    expect(known(recent, 'a')).toBe('a')
  })

  it('go all at once, whatever is answered later that was called before', () => {
    const recent = new RecentExpiries(3)
    for (const sid of 'abc') change(recent, sid)
    const before = recent.place
    const place = recent.change('a')
    recent.clear()
    recent.changed('a', place, expired)
    recent.read('b', before, expired)
    expect(known(recent, 'abc')).toBe('')
  })

  it('keep every change in mind that is under way', () => {
    const recent = new RecentExpiries(1)
    const place = recent.change('a')
    change(recent, 'b')
    change(recent, 'c')
    recent.changed('a', place, expired)
    expect(known(recent, 'abc')).toBe('ac')
  })
})
