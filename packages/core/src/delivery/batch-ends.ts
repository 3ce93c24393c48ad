import type { BatchEnd } from '../coalescer/spec.js'

/** Puts together how parts of a batch ended. */
export class BatchEnds<Call, Result> implements BatchEnd<Result> {
  readonly results: Result[]
  readonly failures: Map<number, unknown> = new Map()
  readonly alone: Set<number> = new Set()
  readonly #calls: readonly Call[]

  constructor(calls: readonly Call[]) {
    this.#calls = calls
    this.results = new Array<Result>(calls.length)
  }

  leaveAlone(place: number): void {
    this.failures.delete(place)
    this.alone.add(place)
  }

  /** Runs some of the calls, and puts down how they ended. */
  async of(places: readonly number[], run: (calls: readonly Call[]) => Promise<BatchEnd<Result>>): Promise<void> {
    try {
      const end = await run(places.map((place) => this.#calls[place] as Call))
      places.forEach((place, index) => {
        this.results[place] = end.results[index] as Result
        if (end.failures?.has(index)) this.failures.set(place, end.failures.get(index))
        else this.failures.delete(place)
        if (end.alone?.has(index)) this.alone.add(place)
      })
    } catch (error) {
      for (const place of places) this.failures.set(place, error)
    }
  }
}
