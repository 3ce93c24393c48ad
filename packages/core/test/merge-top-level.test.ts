import type { SessionData } from 'express-session'
import { mergeTopLevel } from '../src/index.js'

function session(contents: object, expires?: string): SessionData {
  return { cookie: { originalMaxAge: 1, ...(expires && { expires }) }, ...contents } as never
}

function merged(base: object, mine: object, theirs: object): object {
  const { cookie: _cookie, ...contents } = mergeTopLevel(
    session(base),
    session(mine),
    session(theirs),
  )
  return contents
}

describe('sessions that are merged by their keys', () => {
  it('have what only one has changed, added or deleted', () => {
    const base = { same: 1, mine: 1, theirs: 1, goneHere: 1, goneThere: { deep: [1] } }
    expect(
      merged(
        base,
        { same: 1, mine: 2, theirs: 1, goneThere: { deep: [1] }, newHere: 1 },
        { same: 1, mine: 1, theirs: 2, goneHere: 1, newThere: 1 },
      ),
    ).toEqual({ same: 1, mine: 2, theirs: 2, newHere: 1, newThere: 1 })
  })

  it('have the later write of what both have changed, whole', () => {
    expect(merged({ a: { x: 1 } }, { a: { x: 2 } }, { a: { x: 1, y: 1 } })).toEqual({ a: { x: 2 } })
    expect(merged({ a: 1 }, {}, { a: 2 })).toEqual({})
    expect(merged({ a: 1 }, { a: 2 }, {})).toEqual({ a: 2 })
  })

  it('keep a key that is called __proto__ as it is', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true}}') as object
    const result = merged({}, hostile, {})
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true}}')
  })

  it.each([
    ['2026-01-01', '2026-01-02', '2026-01-02'],
    ['2026-01-02', '2026-01-01', '2026-01-02'],
    [undefined, '2026-01-01', '2026-01-01'],
    ['2026-01-01', undefined, '2026-01-01'],
  ])('have the cookie that expires later: %s, %s', (mine, theirs, expected) => {
    const { cookie } = mergeTopLevel(session({}), session({}, mine), session({}, theirs))
    expect((cookie as { expires?: unknown }).expires).toBe(expected)
  })
})
