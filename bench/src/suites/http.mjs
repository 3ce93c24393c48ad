import { placeOf } from '../contenders/contender.mjs'
import { idOf } from '../contenders/index.mjs'
import { isSelected } from '../options.mjs'
import { turns } from '../load/random.mjs'
import { startScript } from './script.mjs'

const routes = ['read', 'write']

/**
 * @typedef {{ route: string, connections: number }} Cell one route under a number of connections
 */

/** @param {import('../options.mjs').Options} options @returns {Cell[]} */
const cellsOf = ({ connections }) =>
  routes.flatMap((route) => connections.map((count) => ({ route, connections: count })))

/**
 * @param {Cell} cell @param {Pick<import('../contenders/contender.mjs').Contender, 'name' |
 * 'database'>} contender
 */
export const labelOf = ({ route, connections }, contender) =>
  `http/${route}/${connections}/${idOf(contender)}`

/**
 * What is nobody's choice for a site (a bare driver) stays out, so does connect-session-knex on all
 * databases but one.
 */
export const httpTakesPart = ({ name, database }, { httpDatabases }) =>
  httpDatabases.includes(database) &&
  !name.includes(', prepared') &&
  !(name === 'connect-session-knex' && database !== 'postgres')

/**
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {import('../options.mjs').Options} options
 */
export const httpContenders = (contenders, options) =>
  contenders.filter(
    (each) =>
      httpTakesPart(each, options) &&
      cellsOf(options).some((cell) => isSelected(options, labelOf(cell, each))),
  )

/**
 * Requests per second through Express: one process per contender, the load from another, one
 * contender at a time.
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
  for (const app of apps)
    for (const route of routes)
      await run(app, load, { route, connections: 64 }, 2 * options.httpWarmUpSeconds)
  const results = []
  for (const [index, cell] of cellsOf(options).entries()) {
    const selected = apps.filter(({ contender }) => isSelected(options, labelOf(cell, contender)))
    if (selected.length === 0) continue
    const samples = new Map(selected.map((app) => [app, []]))
    for (let repeat = 0; repeat < options.httpRepeats; repeat++) {
      for (const app of turns(selected, index * 100, repeat))
        samples.get(app).push(await shoot(app, load, cell, options))
    }
    report(`http: ${cell.route}, ${cell.connections} connections`)
    for (const [{ contender }, measured] of samples) {
      results.push({
        suite: 'http',
        ...cell,
        database: contender.database,
        contender: contender.name,
        samples: measured,
      })
    }
  }
  await Promise.all([load, ...apps].map((each) => each.stop()))
  return results
}

async function startApp(contender, urls) {
  const script = startScript('http/app.mjs', {
    contender: idOf(contender),
    place: placeOf(contender, urls),
  })
  const { port } = await script.message()
  return { contender, port, ...script }
}

async function shoot(app, load, cell, { httpSeconds, httpWarmUpSeconds }) {
  await run(app, load, cell, httpWarmUpSeconds)
  const collected = app.message()
  app.send('gc')
  await collected
  const { failed, ...sample } = await run(app, load, cell, httpSeconds)
  if (failed > 0) throw new Error(`${idOf(app.contender)}: ${failed} requests failed`)
  return sample
}

async function run({ port }, load, { route, connections }, seconds) {
  const answer = load.message()
  load.send({ port, paths: [`/${route}`], connections, seconds })
  return answer
}
