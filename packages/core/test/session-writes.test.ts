import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { Coalescer } from '../src/coalescer.js'
import { toEpochMs } from '../src/dialect/adapter.js'
import { push } from './push.js'
import { mergeWrites, shareRemoved, sidOf, type SessionWrite } from '../src/session-writes.js'

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
      rows.set(write.row.sid, write.row)
      return 0
    case 'touch':
      if (row && row.expired > now) rows.set(write.row.sid, { ...row, expired: write.row.expired })
      return 0
    case 'destroy':
      return rows.delete(write.sid) ? 1 : 0
  }
}

const sid = fc.constantFrom('a', 'b', 'c')
const expired = fc.constantFrom(500, 1_500, 2_000, 2_500).map(toEpochMs)
const write: fc.Arbitrary<SessionWrite> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), row: fc.record({ sid, sess: fc.string({ maxLength: 3 }), expired }) }),
  fc.record({ kind: fc.constant('touch' as const), row: fc.record({ sid, expired }) }),
  fc.record({ kind: fc.constant('destroy' as const), sid, exists: fc.constant(false) }),
)

/**
 * Per batch: how many turns of the event loop it takes, whether it fails without effect, and for how many looks the row of its first write is
 * locked.
 */
const weather = fc.array(fc.record({ turns: fc.nat(3), fails: fc.boolean(), looks: fc.nat(2) }), { maxLength: 12 })

const locked = new Error('another client has locked the row')

/** A step of a caller: a write, a read, or letting time pass. */
const step = fc.oneof(
  { weight: 4, arbitrary: write },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('get' as const), sid }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause' as const), turns: fc.nat(3) }) },
)

interface History {
  readonly write: SessionWrite
  state: 'called' | 'done' | 'failed'
  removed: number | undefined
}

describe('writes of one session', () => {
  afterEach(() => jest.restoreAllMocks())

  it('merge into one write that leaves the same rows and removes as many', () => {
    fc.assert(
      fc.property(fc.array(write, { minLength: 1, maxLength: 6 }), fc.boolean(), (writes, present) => {
        const ofOne = writes.filter((each) => sidOf(each) === sidOf(writes[0] as SessionWrite))
        const before: Rows = new Map(present ? [[sidOf(ofOne[0] as SessionWrite), { sess: 'old', expired: 1_200 }]] : [])
        let merged = ofOne[0] as SessionWrite
        const joined = [merged]
        for (const later of ofOne.slice(1)) {
          const both = mergeWrites(merged, later, now)
          if (both === undefined) break
          merged = both
          joined.push(later)
        }
        const oneByOne: Rows = new Map(before)
        const removed = joined.map((each) => apply(oneByOne, each))
        const atOnce: Rows = new Map(before)
        const shared = shareRemoved(merged, joined, apply(atOnce, merged))
        expect([...atOnce].map(([key, { sess, expired: at }]) => [key, sess, at])).toEqual(
          [...oneByOne].map(([key, { sess, expired: at }]) => [key, sess, at]),
        )
        expect(shared).toEqual(removed)
      }),
      { seed: 20_261, numRuns: 2_000 },
    )
  })

  it.each([
    ['joined', true],
    ['one by one', false],
  ])('take effect in the order they were called, %s, with batches that fail and take their time, and locked rows', async (_, joined) => {
    // The pauses between two looks for locks.
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((look: () => void) => setImmediate(look)) as never)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), weather, async (steps, batches) => {
        const rows: Rows = new Map()
        const inFlight = new Set<string>()
        const locks = new Map<string, number>()
        const violations: string[] = []
        let sent = 0
        const coalescer = new Coalescer<SessionWrite, number>({
          lanes: joined ? 2 : Infinity,
          size: () => (joined ? 3 : 1),
          kindOf: (each) => each.kind,
          merge: (earlier, later) => (joined ? mergeWrites(earlier, later, now) : undefined),
          share: shareRemoved,
          exclusive: true,
          maxQueue: 1_000,
          timeout: 0,
          queueFull: () => new Error('full'),
          timedOut: () => new Error('late'),
          heldUp: (error) => error === locked,
          stillHeldUp: async (writes) => {
            await turn()
            for (const each of writes) locks.set(sidOf(each), (locks.get(sidOf(each)) ?? 1) - 1)
            return new Set(writes.flatMap((each, place) => ((locks.get(sidOf(each)) ?? 0) > 0 ? [place] : [])))
          },
          run: async (kind, writes) => {
            const { turns, fails, looks } = batches[sent % Math.max(batches.length, 1)] ?? { turns: 0, fails: false, looks: 0 }
            const locksFirst = looks > 0 && sent < batches.length
            sent++
            for (const each of writes) {
              if ((locks.get(sidOf(each)) ?? 0) > 0) violations.push(`${sidOf(each)} is sent although it is locked`)
              // What is thrown here would only be a batch that fails.
              if (each.kind !== kind) violations.push(`a ${each.kind} in a batch of ${kind}`)
              if (inFlight.has(sidOf(each))) violations.push(`${sidOf(each)} is in two batches`)
              inFlight.add(sidOf(each))
            }
            for (let passed = 0; passed < turns; passed++) await turn()
            const passed = locksFirst ? writes.slice(1) : writes
            const removed = fails ? [] : passed.map((each) => apply(rows, each))
            for (const each of writes) inFlight.delete(sidOf(each))
            if (fails) throw new Error('no database today')
            if (!locksFirst) return { results: removed }
            locks.set(sidOf(writes[0] as SessionWrite), looks)
            return { results: [0, ...removed], failures: new Map([[0, locked]]) }
          },
        })
        const history: History[] = []
        const callers: Promise<void>[] = []
        for (const each of steps) {
          if (each.kind === 'pause') {
            for (let passed = 0; passed < each.turns; passed++) await turn()
          } else if (each.kind === 'get') {
            expect(possibleRows(history, each.sid)).toContainEqual(visible(rows.get(each.sid)))
          } else {
            const record: History = { write: each, state: 'called', removed: undefined }
            history.push(record)
            callers.push(
              push(coalescer, sidOf(each), each).then(
                (removed) => {
                  record.state = 'done'
                  record.removed = removed
                },
                () => {
                  record.state = 'failed'
                },
              ),
            )
          }
        }
        await Promise.all(callers)
        expect(violations).toEqual([])
        const expected: Rows = new Map()
        for (const record of history) {
          expect(record.state).not.toBe('called')
          if (record.state === 'done') expect(apply(expected, record.write)).toBe(record.removed)
        }
        for (const key of ['a', 'b', 'c']) expect(visible(rows.get(key))).toEqual(visible(expected.get(key)))
      }),
      { seed: 20_262, numRuns: 500 },
    )
  })
})

function visible(row: Row | undefined) {
  return row ? { sess: row.sess, expired: row.expired } : undefined
}

/**
 * What a read that starts now may see: everything acknowledged, and any of the calls still open, which end in order. A call still open may
 * also fail, which leaves what was before it.
 */
function possibleRows(history: readonly History[], key: string): (ReturnType<typeof visible> | undefined)[] {
  let states: Rows[] = [new Map()]
  for (const { write: each, state } of history.filter((record) => sidOf(record.write) === key)) {
    if (state === 'failed') continue
    const after = states.map((rows) => {
      const copy: Rows = new Map(rows)
      apply(copy, each)
      return copy
    })
    states = state === 'done' ? after : [...states, ...after]
  }
  return states.map((rows) => visible(rows.get(key)))
}
