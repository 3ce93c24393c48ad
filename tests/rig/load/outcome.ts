import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import createKnex, { type Knex } from 'knex'
import { record } from '../../../scripts/jest/facts.mjs'
import { heldBy } from './callers.mjs'
import type { Report } from './main.mjs'
import type { Ending } from './load-process.js'

/** What must be 0 whatever happened. */
export interface Outcome {
  readonly lost: number
  readonly wrong: number
  readonly hung: number
  readonly unhandled: readonly string[]
}

export const faultless: Outcome = { lost: 0, wrong: 0, hung: 0, unhandled: [] }

/**
 * What went wrong, as another process sees it afterwards: it reads every session that was written.
 */
export async function outcomeOf(
  { ledger, wrong, hung, unhandled }: Report,
  config: Knex.Config,
  tableName = 'sessions',
): Promise<Outcome> {
  const knex = createKnex(config)
  const store = new KnexSessionStore({
    knex,
    tableName,
    cleanupInterval: 0,
    createTable: false,
    timeout: 30_000,
  })
  try {
    const found = await Promise.all(
      ledger.map(async ([sid, entry]) => ({ entry, held: heldBy(await store.get(sid)) })),
    )
    const lost = found.filter(
      ({ entry, held }) => held !== entry.acknowledged && !entry.doubtful.includes(held),
    ).length
    return { lost, wrong, hung, unhandled }
  } finally {
    await store.close()
    await knex.destroy()
  }
}

/**
 * Prints the figures of a test, those of several processes as sums, or keeps them for the end of
 * `npm test`.
 */
export function report(
  what: string,
  reports: readonly Report[],
  outcomes: readonly Outcome[],
  endings: readonly Ending[],
): void {
  const sum = <Item>(items: readonly Item[], value: (item: Item) => number) =>
    items.reduce((total, item) => total + value(item), 0)
  const lines = endings.flatMap((ending) => ending.lines)
  const frames = lines.filter((line) => /^\s+at /.test(line)).length
  const triedAgain = inWords(reports.map(({ hidden }) => hidden))
  const figures = [
    `${sum(reports, ({ calls }) => calls)} calls`,
    `${sum(reports, ({ acknowledged }) => acknowledged)} writes acknowledged in ${sum(reports, ({ ledger }) => ledger.length)} sessions`,
    `${sum(outcomes, ({ lost }) => lost)} lost`,
    `${sum(outcomes, ({ wrong }) => wrong)} wrong reads`,
    `${sum(outcomes, ({ hung }) => hung)} hung`,
    `${sum(outcomes, ({ unhandled }) => unhandled.length)} unhandled`,
    `errors ${inWords(reports.map(({ errors }) => errors)) || '0'}`,
    ...(triedAgain === '' ? [] : [`tried again after ${triedAgain}`]),
    `longest ${Math.max(...reports.map(({ longest }) => longest)).toFixed(0)} ms`,
    ...(endings.length === 0
      ? []
      : [
          `${lines.length - frames} lines and ${frames} stack frames logged`,
          `exit code ${[...new Set(endings.map(({ code }) => code))].join(', ')}`,
        ]),
  ]
  record({ figures: `${what}: ${figures.join('; ')}` })
}

/** Counts by code, added up. */
function inWords(counts: readonly Readonly<Record<string, number>>[]): string {
  const total = new Map<string, number>()
  for (const [code, count] of counts.flatMap((each) => Object.entries(each)))
    total.set(code, (total.get(code) ?? 0) + count)
  return [...total].map(([code, count]) => `${count} ${code}`).join(', ')
}
