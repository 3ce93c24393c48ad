import { idOf } from '../contenders/index.mjs'
import { isSelected } from '../options.mjs'
import { randomFrom, shuffled } from '../load/random.mjs'
import { startScript } from './script.mjs'

const routes = ['read', 'write']
const connectionCounts = [10, 100]

const cells = routes.flatMap((route) => connectionCounts.map((connections) => ({ route, connections })))

/** @param {typeof cells[number]} cell @param {import('../contenders/contender.mjs').Contender} contender */
const labelOf = ({ route, connections }, contender) => `http/${route}/${connections}/${idOf(contender)}`

/**
 * What is nobody's choice for a site (a bare driver) stays out, so does connect-session-knex on all databases but one, and from a quick run
 * whatever the targets do not name.
 */
const takesPart = ({ name, database }, { quick }) => {
  const elsewhere = ['mariadb', 'sqlite'].includes(database)
  return !name.includes(', prepared') && !(elsewhere && (quick || name === 'connect-session-knex'))
}

/**
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {import('../options.mjs').Options} options
 */
export const httpContenders = (contenders, options) =>
  contenders.filter((each) => takesPart(each, options) && cells.some((cell) => isSelected(options, labelOf(cell, each))))

/**
 * Requests per second through Express: one process per contender, the load from another, one contender at a time.
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {Readonly<Record<string, string>>} urls
 * @param {import('../options.mjs').Options} options
 * @param {(line: string) => void} report
 */
export async function runHttp(contenders, urls, options, report) {
  const taking = httpContenders(contenders, options)
  if (taking.length === 0) return []
  const load = startScript('http/load.mjs')
  const apps = []
  for (const contender of taking) apps.push(await startApp(contender, urls))
  for (const app of apps) for (const route of routes) await shoot(app, load, { route, connections: 64 }, { httpSeconds: 1 })
  const results = []
  for (const [index, cell] of cells.entries()) {
    const selected = apps.filter(({ contender }) => isSelected(options, labelOf(cell, contender)))
    if (selected.length === 0) continue
    const samples = new Map(selected.map((app) => [app, []]))
    for (let repeat = 0; repeat < options.httpRepeats; repeat++) {
      for (const app of shuffled(selected, randomFrom(index * 100 + repeat))) samples.get(app).push(await shoot(app, load, cell, options))
    }
    report(`http: ${cell.route}, ${cell.connections} connections`)
    for (const [{ contender }, measured] of samples) {
      results.push({ suite: 'http', ...cell, database: contender.database, contender: contender.name, samples: measured })
    }
  }
  await Promise.all([load, ...apps].map((each) => each.stop()))
  return results
}

async function startApp(contender, urls) {
  const script = startScript('http/app.mjs', { contender: idOf(contender), urls })
  const { port } = await script.message()
  return { contender, port, ...script }
}

async function shoot(app, load, { route, connections }, { httpSeconds }) {
  const run = async (seconds) => {
    const answer = load.message()
    load.send({ port: app.port, path: `/${route}`, connections, seconds })
    return answer
  }
  await run(1)
  const collected = app.message()
  app.send('gc')
  await collected
  const { failed, ...sample } = await run(httpSeconds)
  if (failed > 0) throw new Error(`${idOf(app.contender)}: ${failed} requests failed`)
  return sample
}
