import fc from 'fast-check'
import { toEpochMs } from '../src/dialect/index.js'
import { mergeWrites, resultOfLater, sidOf, type SessionWrite } from '../src/session/writes.js'

const now = toEpochMs(1_000)

interface Row {
  readonly sess: string
  readonly expired: number
}

type Rows = Map<string, Row>

/** What one write does to the rows, and the number of rows it removes. */
function apply(rows: Rows, write: SessionWrite): number {
  const row = rows.get(sidOf(write))
  switch (write.kind) {
    case 'set':
    case 'insert':
      rows.set(write.row.sid, write.row)
      return 0
    case 'update':
      if (row) rows.set(write.row.sid, write.row)
      return row ? 1 : 0
    case 'touch':
      if (row && row.expired > now) rows.set(write.row.sid, { ...row, expired: write.row.expired })
      return 0
    case 'destroy':
      return rows.delete(write.sid) ? 1 : 0
  }
}

const sid = fc.constantFrom('a', 'b', 'c')
const expired = fc.constantFrom(500, 1_000, 1_500, 2_000, 2_500).map(toEpochMs)
const write: fc.Arbitrary<SessionWrite> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('set' as const, 'insert' as const, 'update' as const),
    row: fc.record({ sid, sess: fc.string({ maxLength: 3 }), expired }),
  }),
  fc
    .record({ kind: fc.constant('touch' as const), row: fc.record({ sid, expired }) })
    .map((touch) => ({ ...touch, at: now })),
  fc.record({ kind: fc.constant('destroy' as const), sid }),
)

describe('writes of one session', () => {
  it('are not merged where both are of new sessions: only the first may have the id', () => {
    const row = { sid: 'a', sess: '{}', expired: toEpochMs(2_000) }
    const ofNew: SessionWrite = { kind: 'insert', row }
    expect(mergeWrites(ofNew, ofNew)).toBeUndefined()
    const ofAny: SessionWrite = { kind: 'set', row }
    expect(mergeWrites(ofAny, ofAny)).toBe(ofAny)
  })

  it('of one kind merge into one write that leaves the same rows and removes as many', () => {
    fc.assert(
      fc.property(
        fc.array(write, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (writes, present) => {
          const [one] = writes as [SessionWrite]
          const ofOne = writes.filter(
            (each) => sidOf(each) === sidOf(one) && each.kind === one.kind,
          )
          const before: Rows = new Map(
            present ? [[sidOf(ofOne[0] as SessionWrite), { sess: 'old', expired: 1_200 }]] : [],
          )
          let merged = ofOne[0] as SessionWrite
          const joined = [merged]
          for (const later of ofOne.slice(1)) {
            const both = mergeWrites(merged, later)
            if (both === undefined) break
            merged = both
            joined.push(later)
          }
          const oneByOne: Rows = new Map(before)
          const removed = joined.map((each) => apply(oneByOne, each))
          const atOnce: Rows = new Map(before)
          const first = apply(atOnce, merged)
          const shared = [first, ...joined.slice(1).map(({ kind }) => resultOfLater(first, kind))]
          expect([...atOnce].map(([key, { sess, expired: at }]) => [key, sess, at])).toEqual(
            [...oneByOne].map(([key, { sess, expired: at }]) => [key, sess, at]),
          )
          expect(shared).toEqual(removed)
        },
      ),
      { seed: 20_261, numRuns: 2_000 },
    )
  })
})
