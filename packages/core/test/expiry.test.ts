import type { SessionData } from 'express-session'
import { toEpochMs } from '../src/dialect/index.js'
import { expiryOf, showsExpiry } from '../src/session/expiry.js'

const now = toEpochMs(Date.UTC(2026, 0, 1))
const day = 86_400_000

function withCookie(cookie: unknown): SessionData {
  return { cookie } as SessionData
}

describe('expiry', () => {
  it.each([
    ['a Date', { expires: new Date(now + 5) }, now + 5],
    ['an ISO string', { expires: new Date(now + 5).toISOString() }, now + 5],
    ['a date before a max age', { expires: new Date(now + 5), originalMaxAge: 70 }, now + 5],
    ['originalMaxAge', { expires: null, originalMaxAge: 70 }, now + 70],
    ['maxAge', { maxAge: 80 }, now + 80],
    [
      'an own maxAge before all others',
      { maxAge: 80, originalMaxAge: 70, expires: new Date(now + 5) },
      now + 80,
    ],
    ['an own maxAge of 0, which is expired', { maxAge: 0, expires: new Date(now + 5) }, now],
    [
      'an own maxAge in the past, which is expired',
      { maxAge: -1, expires: new Date(now + 5) },
      now - 1,
    ],
    ['a date where maxAge is no number', { maxAge: null, expires: new Date(now + 5) }, now + 5],
    [
      'originalMaxAge where maxAge is a getter of the class',
      new (class {
        originalMaxAge = 70
        get maxAge() {
          return 80
        }
      })(),
      now + 70,
    ],
    ['a max age of 0, which is expired', { originalMaxAge: 0 }, now],
    ['a date in the past, which is expired', { expires: new Date(now - 5) }, now - 5],
    ['expires: false, which is none', { expires: false, originalMaxAge: false }, now + day],
    ['null for both, which is none', { expires: null, originalMaxAge: null }, now + day],
    ['an unreadable date', { expires: 'soon' }, now + day],
    ['no cookie', undefined, now + day],
    ['a max age past what a Date holds', { originalMaxAge: Number.MAX_VALUE }, 8.64e15],
    ['a max age before what a Date holds', { originalMaxAge: -Number.MAX_VALUE }, -8.64e15],
  ])('comes from %s', (_, cookie, expected) => {
    expect(expiryOf(withCookie(cookie), now, day)).toBe(expected)
  })

  it('comes from a ttl function of the session', () => {
    const remembered = { cookie: {}, remember: true } as unknown as SessionData
    const ttl = (session: SessionData) =>
      (session as { remember?: boolean }).remember ? 30 * day : day
    expect(expiryOf(remembered, now, ttl)).toBe(now + 30 * day)
  })

  it.each([
    ['returns no number', () => NaN],
    ['returns nothing', () => undefined as unknown as number],
    [
      'throws, and does not repeat what it said',
      () => {
        throw new RangeError('SECRET')
      },
    ],
  ])('refuses a ttl function that %s', (_, ttl) => {
    let thrown: unknown
    try {
      expiryOf(withCookie({}), now, ttl)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_OPTION' })
    expect(String((thrown as Error).stack)).toMatch(/option `ttl`/)
    expect(String((thrown as Error).stack)).not.toContain('SECRET')
  })

  it.each([
    [{ expires: null, originalMaxAge: null }, false],
    [{ expires: false, originalMaxAge: false }, false],
    [{ expires: '2026-01-01T00:00:00.000Z', originalMaxAge: 5 }, true],
    [{ originalMaxAge: 5 }, true],
    [{ maxAge: 5 }, false],
    [{ expires: '2026-01-01T00:00:00.000Z', maxAge: 5 }, false],
  ])('the cookie %j shows when the session ends: %s', (cookie, expected) => {
    expect(showsExpiry(cookie)).toBe(expected)
  })
})
