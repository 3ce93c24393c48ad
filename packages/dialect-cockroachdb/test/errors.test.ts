import { classify } from '../src/errors.js'

it.each([
  // A transaction that lost a race.
  ['40001', 'retryable'],
  // An answer that was lost: the commit may have happened.
  ['40003', 'retryable'],
  ['58C00', 'connection'],
  ['58C01', 'connection'],
  // A node that is drained, and one that has no room.
  ['57P01', 'connection'],
  ['53300', 'connection'],
  ['42P01', 'missing-table'],
  ['42P07', 'already-exists'],
  ['2201E', 'sid-taken'],
  ['42601', 'unsupported'],
  ['42883', 'unsupported'],
  ['55P03', 'locked'],
  ['XXUUU', 'other'],
])('%s is %s', (code, kind) => {
  expect(classify(Object.assign(new Error('restart transaction'), { code }))).toBe(kind)
})

it('takes anything for an error', () => {
  expect([null, undefined, 'text', {}].map((each) => classify(each))).toEqual(
    Array(4).fill('other'),
  )
})
