import type { Knex } from 'knex'
import type { Report } from './main.mjs'
import type { Ending, LoadProcess } from './load-process.js'
import { faultless, outcomeOf, report } from './outcome.js'

/** Where the sessions of a load are, and how its process ends. */
export interface Remains {
  /** By which they are read when the load is over. */
  readonly knex: Knex.Config
  readonly tableName?: string
  /**
   * Whether the process goes on, for its test to end it. Default: false, it has to end by itself.
   */
  readonly goesOn?: boolean
}

/** What callers saw, and how their process ended. */
export interface Conclusion {
  readonly report: Report
  /** Empty where the process goes on. */
  readonly ending: Partial<Ending>
}

/** {@link concludeAll} for one process. */
export async function conclude(
  what: string,
  load: LoadProcess,
  remains: Remains,
): Promise<Conclusion> {
  const [conclusion] = await concludeAll(what, [load], remains)
  if (conclusion === undefined) throw new Error('one load has one conclusion')
  return conclusion
}

/**
 * What every fault test ends with: stops the callers, reads every session back by another process
 * than theirs, ends the processes, prints the figures of all of them in one line, and expects that
 * nothing was lost, wrong, hung or rejected unheard. What else is true of the errors that callers
 * saw is for the test to say.
 */
export async function concludeAll(
  what: string,
  loads: readonly LoadProcess[],
  remains: Remains,
): Promise<readonly Conclusion[]> {
  const reports = await Promise.all(loads.map((load) => load.stop()))
  const outcomes = await Promise.all(
    reports.map((report) => outcomeOf(report, remains.knex, remains.tableName)),
  )
  const endings = remains.goesOn ? [] : await Promise.all(loads.map((load) => load.end()))
  report(what, reports, outcomes, endings)
  if (process.env['SHOW']) {
    console.log(
      reports.map(({ messages, outages }) => ({ messages, outages })),
      loads.map(({ lines }) => lines.slice(0, 40)),
    )
  }
  expect(outcomes).toEqual(loads.map(() => faultless))
  expect(endings.map(({ code, signal }) => ({ code, signal }))).toEqual(
    endings.map(() => ({ code: 0, signal: null })),
  )
  return reports.map((report, place) => ({ report, ending: endings[place] ?? {} }))
}
