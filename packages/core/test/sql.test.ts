import { toEpochMs, type SessionRow } from '../src/dialect/index.js'
import { nestingDepth, padWithShortest } from '../src/dialect/sql.js'

const row = (sess: string): SessionRow => ({ sid: sess, sess, expired: toEpochMs(0) })

describe('the text of a statement', () => {
  it('is filled up with the value of the shortest session, wherever that is', () => {
    const rows = ['the longest', 's', 'middle'].map(row)
    expect(padWithShortest(['l', 's', 'm'], 4, rows)).toEqual(['l', 's', 'm', 's'])
    expect(padWithShortest(['s', 'l'], 4, ['s', 'long'].map(row))).toEqual(['s', 'l', 's', 's'])
    expect(padWithShortest(['l', 's'], 2, ['long', 's'].map(row))).toEqual(['l', 's'])
  })

  it.each([
    ['{}', 1],
    ['{"a":[{}],"b":{}}', 3],
    ['{"a":"[[{{"}', 1],
    [String.raw`{"a":"\"[["}`, 1],
    [String.raw`{"a":"\\","b":[[]]}`, 3],
  ])('holds JSON as deep as it is: %s', (json, depth) => {
    expect(nestingDepth(json)).toBe(depth)
  })
})
