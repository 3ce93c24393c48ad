import { placeOf } from '../contenders/contender.mjs'
import { idOf } from '../contenders/index.mjs'
import { isSelected } from '../options.mjs'
import { httpTakesPart } from './http.mjs'
import { startScript } from './script.mjs'

/** Of a site that mostly reads: one request in twenty changes its session. */
const paths = [...Array(19).fill('/read'), '/write']
const requests = 4_000
const connections = 10

/** @param {Pick<import('../contenders/contender.mjs').Contender, 'name' | 'database'>} contender */
const labelOf = (contender) => `writes/${idOf(contender)}`

/** MemoryStore has no statements. */
const takesPart = (contender, options) =>
  httpTakesPart(contender, options) && contender.database !== 'memory'

/**
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {import('../options.mjs').Options} options
 */
export const writesContenders = (contenders, options) =>
  contenders.filter((each) => takesPart(each, options) && isSelected(options, labelOf(each)))

/**
 * How many statements that write a site sends that mostly reads: a count, not a time, so that one
 * sample is enough.
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {Readonly<Record<string, string>>} urls
 * @param {import('../options.mjs').Options} options
 * @param {(line: string) => void} report
 */
export async function runWrites(contenders, urls, options, report) {
  const taking = writesContenders(contenders, options)
  if (taking.length === 0) return []
  const load = startScript('http/load.mjs')
  const results = []
  for (const contender of taking) {
    const place = placeOf(contender, urls)
    const app = startScript('http/app.mjs', {
      contender: idOf(contender),
      place: { ...place, suffix: `${place.suffix}_writes` },
      countsWrites: true,
    })
    const { port } = await app.message()
    const before = await countOf(app)
    const answer = load.message()
    load.send({ port, paths, connections, amount: requests })
    const { failed } = await answer
    if (failed > 0) throw new Error(`${idOf(contender)}: ${failed} requests failed`)
    const written = (await countOf(app)) - before
    if (written === 0) throw new Error(`${idOf(contender)}: its driver is not watched`)
    results.push({
      suite: 'writes',
      requests,
      connections,
      database: contender.database,
      contender: contender.name,
      samples: [(100 * written) / requests],
    })
    await app.stop()
  }
  report('writes of a site that mostly reads')
  await load.stop()
  return results
}

async function countOf(app) {
  const answer = app.message()
  app.send('writes')
  return (await answer).writes
}
