import fc, { type IAsyncProperty, type IProperty } from 'fast-check'

/** The same values in every run, so that a law that fails fails again. fast-check's message has the seed and the smallest example. */
const seed = 20_260_101

/** Checks a property `runs` times; throws, or rejects for an asynchronous one, with the smallest example that breaks it. */
export function forEvery<Values>(property: IAsyncProperty<Values>, runs: number): Promise<void>
export function forEvery<Values>(property: IProperty<Values>, runs: number): void
export function forEvery<Values>(property: IAsyncProperty<Values> | IProperty<Values>, runs: number): Promise<void> | void {
  return fc.assert(property as IAsyncProperty<Values>, { seed, numRuns: runs })
}
