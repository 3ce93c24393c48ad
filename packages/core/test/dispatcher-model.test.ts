import fc from 'fast-check'
import type { Fate } from './fake-table.js'
import { useStandingClock } from './standing-clock.js'
import { StoreTrial } from './store-trial.js'
import { sids, type World } from './trial-steps.js'

const sid = fc.constantFrom(...sids)
const lasts = fc.boolean()
const stored = fc.constantFrom('set' as const, 'insert' as const, 'update' as const)
const ms = fc.constantFrom(0, 0, 10, 60, 150, 400)

/** A step of the application, or of another client. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: stored, sid, lasts, refused: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('touch' as const), sid, lasts }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('destroy' as const), sid }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), sid }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pause' as const), ms }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'clear' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('lock' as const),
      sid,
      ms: fc.constantFrom(50, 300, 1_500),
      seen: fc.boolean(),
    }),
  },
)

const quiet: fc.Arbitrary<Fate> = fc.record({ ms })
const undone = fc.constantFrom(
  'refused' as const,
  'deadlock' as const,
  'unreachable' as const,
  'silent' as const,
)
const lost = fc.constantFrom('unreachable' as const, 'silent' as const)
const changes = fc.constantFrom('none' as const, 'half' as const, 'all' as const)

/**
 * What becomes of the statements. Either none that fails has an effect, or answers are lost of
 * those that had one. Not both: a merged call that has happened and is refused when it is repeated
 * is made again as those it was merged of, which may then fail after the first.
 */
const fates = fc.oneof(
  fc.array(fc.oneof(quiet, fc.record({ ms, fails: undone }) as fc.Arbitrary<Fate>), {
    maxLength: 15,
  }),
  fc.array(fc.oneof(quiet, fc.record({ ms, fails: lost, changes })), { maxLength: 15 }),
)

const world: fc.Arbitrary<World> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
  fates,
  timeout: fc.constantFrom(0, 400, 1_000),
  lanes: fc.constantFrom(1, 2, 4),
  most: fc.constantFrom(2, 100),
  seesLocks: fc.boolean(),
})

useStandingClock()

describe('the calls of a store', () => {
  it.each([
    ['joined', true],
    ['one by one', false],
  ])(
    'take effect in their order, end in time, and are never sent for nobody, whatever the database does: %s',
    async (_, joined) => {
      // The pauses between attempts are then of whole ms, as those of the clock are.
      jest.spyOn(Math, 'random').mockReturnValue(0.2)
      await fc.assert(
        fc.asyncProperty(world, async (each) => {
          const trial = new StoreTrial(each, joined)
          await trial.run()
          jest.clearAllTimers()
          expect(trial.wrong).toEqual([])
        }),
        { seed: 20_262, numRuns: 1_000, endOnFailure: true },
      )
      // A machine with other work needs longer for 1,000 histories.
    },
    120_000,
  )
})
