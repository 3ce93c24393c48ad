import { toEpochMs } from '../src/dialect/adapter.js'
import { RecentExpiries } from '../src/recent-expiries.js'

const now = toEpochMs(1_000_000)
const expired = toEpochMs(2_000_000)

/** Those of some sessions whose expiry is kept in mind. */
function known(recent: RecentExpiries, sids: string): string {
  return Array.from(sids)
    .filter((sid) => recent.movesLittle(sid, expired, now, 1))
    .join('')
}

describe('the expiries that are kept in mind', () => {
  it('are so many and no more; the oldest goes first', () => {
    const recent = new RecentExpiries(3)
    for (const sid of 'abcd') recent.remember(sid, expired)
    expect(known(recent, 'abcd')).toBe('bcd')
  })

  it('are young again when they are renewed', () => {
    const recent = new RecentExpiries(3)
    for (const sid of 'abcad') recent.remember(sid, expired)
    expect(known(recent, 'abcd')).toBe('acd')
  })

  it('are those that were told last', () => {
    const recent = new RecentExpiries(3)
    recent.remember('a', toEpochMs(expired - 5))
    expect(known(recent, 'a')).toBe('')
    recent.remember('a', expired)
    expect(known(recent, 'a')).toBe('a')
  })

  it('go when they are forgotten, one or all', () => {
    const recent = new RecentExpiries(3)
    for (const sid of 'abc') recent.remember(sid, expired)
    recent.forget('b')
    expect(known(recent, 'abc')).toBe('ac')
    recent.clear()
    expect(known(recent, 'abc')).toBe('')
  })
})
