import fc from 'fast-check'
import type { Carrier, Outcome, Setback } from '../src/coalescer/coalescer.js'
import { TimedCoalescer } from './controlled-coalescer.js'
import { Ticker } from '../src/time.js'
import { pass, useStandingClock } from './standing-clock.js'

/**
 * What becomes of one call of a batch: it succeeds, or has a setback of this kind. A kind that is
 * new does not compile until it is here.
 */
const ends: Readonly<Record<Setback['then'] | 'done', true>> = {
  done: true,
  fail: true,
  blocked: true,
  outOfTime: true,
  single: true,
}

const key = fc.constantFrom('a', 'b', 'c')
const world = fc.record({
  /** Calls, and how long after the one before each is made, in ms. */
  calls: fc.array(
    fc.record({
      key,
      kind: fc.constantFrom('set', 'touch'),
      after: fc.constantFrom(0, 0, 0, 5, 40, 300),
    }),
    {
      minLength: 1,
      maxLength: 30,
    },
  ),
  /**
   * How long each batch takes, in ms, and what becomes of its calls, in turn. After the last one
   * everything succeeds at once.
   */
  batches: fc.array(
    fc.record({
      ms: fc.constantFrom(0, 10, 60, 400),
      ends: fc.array(fc.constantFrom(...(Object.keys(ends) as (keyof typeof ends)[])), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
    { maxLength: 12 },
  ),
  /** For how many looks calls stay blocked. */
  blockedFor: fc.constantFrom(0, 1, 3),
  timeout: fc.constantFrom(0, 400, 1_000),
  lanes: fc.constantFrom(1, 2, 4),
  size: fc.constantFrom(1, 3, 100),
  joins: fc.boolean(),
})

type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never

interface Call {
  readonly number: number
  readonly key: string
  readonly kind: string
}

/** Plays one world; what the coalescer does wrong is written down. */
class Trial {
  readonly wrong: string[] = []
  readonly #world: World
  readonly #coalescer: TimedCoalescer<Call, number>
  /** The keys that are in a batch under way, of calls nobody may overtake. */
  readonly #underWay = new Set<string>()
  /** The last call of each key that was sent. */
  readonly #last = new Map<string, number>()
  readonly #heard = new Map<number, string[]>()
  /** Calls that were told to go by themselves. */
  readonly #single = new Set<number>()
  #batches = 0
  #looks = 0

  constructor(each: World) {
    this.#world = each
    const carrier: Carrier<Call, number> = {
      carry: (kind, calls) => this.#carry(kind, calls),
      stillBlocked: (calls) => Promise.resolve(this.#stillBlocked(calls)),
    }
    const rules = {
      lanes: each.lanes,
      size: () => each.size,
      kindOf: ({ kind }: Call) => kind,
      merge: (_: Call, later: Call) => (each.joins ? later : undefined),
      exclusive: true,
      maxQueue: 1_000,
      queueFull: () => new Error('full'),
      timedOut: () => new Error('late'),
    }
    this.#coalescer = new TimedCoalescer<Call, number>(carrier, rules, new Ticker(each.timeout))
  }

  async run(): Promise<void> {
    for (const [number, { key, kind, after }] of this.#world.calls.entries()) {
      if (after > 0) await pass(after)
      this.#make({ number, key, kind })
    }
    const drained = { at: Infinity }
    void this.#coalescer.drain().then(() => (drained.at = performance.now()))
    for (let passed = 0; passed < 120_000 && drained.at === Infinity; passed += 1_000)
      await pass(1_000)
    if (drained.at === Infinity) this.wrong.push('it never ends')
    for (const { number, heard } of this.#unheard())
      this.wrong.push(`call ${String(number)} heard ${heard}`)
  }

  #make(call: Call): void {
    const heard: string[] = []
    this.#heard.set(call.number, heard)
    const end = performance.now() + (this.#world.timeout || Infinity)
    this.#coalescer.call(call.key, call, (error, by) => {
      heard.push(error === null ? 'done' : (error as Error).message)
      if (performance.now() > end + 2 * 250)
        this.wrong.push(`call ${String(call.number)} heard too late`)
      // Its own, or one that came later and does the same.
      if (error === null && (by === undefined || by < call.number))
        this.wrong.push(`call ${String(call.number)} was never sent`)
    })
  }

  async #carry(kind: string, calls: readonly Call[]): Promise<Outcome<number>> {
    const { batches, size, lanes } = this.#world
    const { ms, ends: what } = batches[this.#batches++] ?? { ms: 0, ends: ['done' as const] }
    if (calls.length === 0 || calls.length > size)
      this.wrong.push(`a batch of ${String(calls.length)}`)
    if (calls.some((call) => call.kind !== kind)) this.wrong.push('a batch of several kinds')
    if (calls.length > 1 && calls.some(({ number }) => this.#single.has(number)))
      this.wrong.push('not by itself')
    for (const { key, number } of calls) {
      if (this.#underWay.has(key)) this.wrong.push(`two batches with ${key}`)
      this.#underWay.add(key)
      if (number < (this.#last.get(key) ?? -1))
        this.wrong.push(`call ${String(number)} after a later one of its key`)
      this.#last.set(key, number)
    }
    if (this.#underWay.size > lanes * size) this.wrong.push('more batches than lanes')
    await new Promise((resolve) => setTimeout(resolve, ms))
    for (const call of calls) this.#underWay.delete(call.key)
    const setbacks = new Map<number, Setback>()
    for (const [place, { number }] of calls.entries()) {
      const then = what[place % what.length] as keyof typeof ends
      if (then === 'single') this.#single.add(number)
      if (then !== 'done') setbacks.set(place, { then, error: new Error(then) })
    }
    return { results: calls.map(({ number }) => number), setbacks }
  }

  #stillBlocked(calls: readonly Call[]): ReadonlySet<number> {
    return new Set(
      this.#looks++ % (this.#world.blockedFor + 1) < this.#world.blockedFor ? calls.keys() : [],
    )
  }

  /** The calls that did not hear of their end once. */
  #unheard(): readonly { readonly number: number; readonly heard: string }[] {
    return [...this.#heard]
      .filter(([, heard]) => heard.length !== 1)
      .map(([number, heard]) => ({ number, heard: heard.join(' and ') }))
  }
}

useStandingClock()

it('a coalescer sends the calls of a key in order, never two at once, and answers each caller once, whatever setbacks they have', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (each) => {
      const trial = new Trial(each)
      await trial.run()
      jest.clearAllTimers()
      expect(trial.wrong).toEqual([])
    }),
    { seed: 20_261, numRuns: 500 },
  )
}, 60_000)
