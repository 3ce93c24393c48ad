import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import createKnex, { type Knex } from 'knex'
import { record } from '../../../scripts/jest/facts.mjs'
import { heldBy } from '../../load/callers.mjs'
import type { Report } from '../../load/main.mjs'
import type { Ending } from './load-process.js'

/** What must be 0 whatever happened. */
export interface Outcome {
  readonly lost: number
  readonly wrong: number
  readonly hung: number
  readonly unhandled: readonly string[]
}

export const faultless: Outcome = { lost: 0, wrong: 0, hung: 0, unhandled: [] }

/** What went wrong, as another process sees it afterwards: it reads every session that was written. */
export async function outcomeOf({ ledger, wrong, hung, unhandled }: Report, config: Knex.Config, tableName = 'sessions'): Promise<Outcome> {
  const knex = createKnex(config)
  const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, createTable: false, timeout: 30_000 })
  try {
    const found = await Promise.all(ledger.map(async ([sid, entry]) => ({ entry, held: heldBy(await store.get(sid)) })))
    const lost = found.filter(({ entry, held }) => held !== entry.acknowledged && !entry.doubtful.includes(held)).length
    return { lost, wrong, hung, unhandled }
  } finally {
    await store.close()
    await knex.destroy()
  }
}

/** Prints the figures of a test, or keeps them for the end of `npm test`. */
export function tell(what: string, report: Report, outcome: Outcome, ending?: Ending): void {
  const { calls, acknowledged, errors, longest } = report
  const failed = Object.entries(errors).map(([code, count]) => `${count} ${code}`)
  const lines = ending?.lines ?? []
  const frames = lines.filter((line) => /^\s+at /.test(line)).length
  const figures = [
    `${calls} calls`,
    `${acknowledged} writes acknowledged in ${report.ledger.length} sessions`,
    `${outcome.lost} lost`,
    `${outcome.wrong} wrong reads`,
    `${outcome.hung} hung`,
    `${outcome.unhandled.length} unhandled`,
    `errors ${failed.length === 0 ? '0' : failed.join(', ')}`,
    `longest ${longest.toFixed(0)} ms`,
    ...(ending ? [`${lines.length - frames} lines and ${frames} stack frames logged`, `exit code ${String(ending.code)}`] : []),
  ]
  record({ figures: `${what}: ${figures.join('; ')}` })
}
