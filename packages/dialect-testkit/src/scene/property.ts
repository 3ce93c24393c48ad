import fc, { type IAsyncProperty, type IProperty } from 'fast-check'
import { roundsOf } from './rounds.js'

/**
 * The same values in every run, so that a law that fails fails again; other ones by the variable
 * `KNEX_SESSION_SEED`. fast-check's message has the seed and the smallest example.
 */
const seed = Number(process.env['KNEX_SESSION_SEED'] ?? 20_260_101)

/** How many times as often things are tried with `KNEX_SESSION_EXTENDED=1`. */
export const repetitions: number = process.env['KNEX_SESSION_EXTENDED'] === '1' ? 10 : 1

/**
 * Checks a property `runs` times, one on a database by its share of rounds, and ten times as often with `KNEX_SESSION_EXTENDED=1`; throws, or
 * rejects for an asynchronous one, with the smallest example that breaks it.
 */
export function forEvery<Values>(property: IAsyncProperty<Values>, runs: number): Promise<void>
export function forEvery<Values>(property: IProperty<Values>, runs: number): void
export function forEvery<Values>(
  property: IAsyncProperty<Values> | IProperty<Values>,
  runs: number,
): Promise<void> | void {
  const numRuns = (property.isAsync() ? roundsOf(runs) : runs) * repetitions
  return fc.assert(property as IAsyncProperty<Values>, { seed, numRuns })
}
