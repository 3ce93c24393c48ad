import { resolutionOf } from '../src/time.js'

it.each([
  [0, 250],
  [8, 2],
  [40, 5],
  [1_000, 50],
  [60_000, 250],
])(
  'a limit of %d ms is kept to %d ms: of a short one at least half is left to try in',
  (ms, to) => {
    expect(resolutionOf(ms)).toBe(to)
  },
)
