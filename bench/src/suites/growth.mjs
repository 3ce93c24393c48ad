import * as calls from '../load/calls.mjs'
import { idOf } from '../contenders/index.mjs'
import { loadedSid, loadRows } from '../load/rows.mjs'
import { collectGarbage, latencies, until } from '../load/measure.mjs'
import { isSelected } from '../options.mjs'
import { indexesBelow, randomFrom, shuffled } from '../load/random.mjs'
import { makeSessions } from '../load/sessions.mjs'

const callerCounts = [1, 64]
/** Above it only ours is measured, with one caller: such tables take minutes to fill. */
const mostRowsForAll = 1_000_000
const oneDayInSeconds = 86_400

/** @param {import('../contenders/contender.mjs').Contender} contender */
const labelOf = (contender) => `growth/${idOf(contender)}`

/**
 * Ours on every database, and the one peer whose table can be filled the same way, for comparison.
 */
const takesPart = ({ name }) => name === 'knex-session' || name === 'connect-pg-simple'

/**
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {import('../options.mjs').Options} options
 */
export const growthContenders = (contenders, options) =>
  contenders.filter((contender) => takesPart(contender) && isSelected(options, labelOf(contender)))

/**
 * How long a get takes with few and with many live sessions: tables of every size side by side,
 * measured in turns.
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {Readonly<Record<string, string>>} urls
 * @param {import('../options.mjs').Options} options
 * @param {(line: string) => void} report
 */
export async function runGrowth(contenders, urls, options, report) {
  const results = []
  for (const contender of growthContenders(contenders, options)) {
    const tables = []
    for (const rows of options.growthRows)
      if (rows <= mostRowsForAll || contender.name === 'knex-session')
        tables.push(await openTable(contender, urls, rows))
    report(`growth: ${idOf(contender)} loaded`)
    for (const callers of callerCounts)
      results.push(
        ...(await measure(
          contender,
          tables.filter(({ rows }) => rows <= mostRowsForAll || callers === 1),
          callers,
          options,
        )),
      )
    for (const { close } of tables) await close()
    report(`growth: ${idOf(contender)} measured`)
  }
  return results
}

async function openTable(contender, urls, rows) {
  const open = await contender.open({ urls, suffix: `_growth_${rows}` })
  const sess = JSON.stringify(makeSessions(400)[0].data)
  await loadRows(contender.database, urls, open.columns, {
    prefix: 'live',
    count: rows,
    sess,
    expiresInSeconds: oneDayInSeconds,
  })
  const random = randomFrom(rows)
  const sids = Array.from({ length: 10_000 }, () =>
    loadedSid('live', 1 + Math.floor(random() * rows)),
  )
  return { ...open, rows, sids, samples: [] }
}

async function measure(contender, tables, callers, { repeats, growthMs }) {
  for (const table of tables) table.samples = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const table of shuffled(tables, randomFrom(repeat))) {
      const next = indexesBelow(table.sids.length, repeat)
      const read = () => calls.get(table.store, table.sids[next()]).then(found)
      await latencies(read, callers, until(growthMs / 5))
      collectGarbage()
      table.samples.push(await latencies(read, callers, until(growthMs)))
    }
  }
  return tables.map(({ rows, samples }) => ({
    suite: 'growth',
    rows,
    callers,
    database: contender.database,
    contender: contender.name,
    samples,
  }))
}

function found(session) {
  if (!session?.user) throw new Error('a session that was loaded was not found')
}
