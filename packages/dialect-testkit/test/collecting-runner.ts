import type { TestRunner } from '../src/kit/runner.js'

/** How one law ended: the error that broke it, or `undefined`. */
export interface Verdict {
  readonly law: string
  readonly broken: unknown
}

/** A runner that only collects what is defined, and runs it when it is asked to. */
export class CollectingRunner implements TestRunner {
  readonly #befores: (() => void)[] = []
  readonly #afters: (() => Promise<void>)[] = []
  readonly #tests: { readonly name: string; readonly test: () => Promise<void> }[] = []
  #group: readonly string[] = []

  readonly describe = (name: string, define: () => void): void => {
    const outer = this.#group
    this.#group = [...outer, name]
    define()
    this.#group = outer
  }

  readonly it = (name: string, test: () => Promise<void>): void => {
    this.#tests.push({ name: [...this.#group.slice(1), name].join(': '), test })
  }

  readonly beforeAll = (work: () => void): void => {
    this.#befores.push(work)
  }

  readonly afterAll = (work: () => Promise<void>): void => {
    this.#afters.push(work)
  }

  /** The names of the tests that were defined, with the groups they are in but the outermost. */
  get defined(): readonly string[] {
    return this.#tests.map(({ name }) => name)
  }

  /** Runs the tests one after the other. */
  async run(): Promise<readonly Verdict[]> {
    for (const work of this.#befores) work()
    const verdicts: Verdict[] = []
    for (const { name, test } of this.#tests) {
      const broken = await test().then(
        () => undefined,
        (error: unknown) => error ?? 'rejected without a reason',
      )
      verdicts.push({ law: name, broken })
    }
    for (const work of this.#afters) await work()
    return verdicts
  }
}
