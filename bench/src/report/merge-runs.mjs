/**
 * One run made of several on one machine: where a later one has measured a suite on a database, its
 * cells replace those of the earlier ones.
 * @param {readonly any[]} runs
 * @returns {any} the first run, with the cells of all and `measured`: the days on which each suite
 * was measured
 */
export function mergeRuns([first, ...later]) {
  let cells = daysOf(first)
  let options = first.options
  for (const run of later) {
    for (const of of ['machine', 'packages', 'servers']) mustAgree(of, first[of], run[of])
    options = { ...options, ...optionsOf(run) }
    const replaced = new Set(run.cells.map(placeOf))
    cells = [...cells.filter(({ cell }) => !replaced.has(placeOf(cell))), ...daysOf(run)]
  }
  /** @type {Record<string, string[]>} */
  const measured = {}
  for (const { day, cell } of cells)
    measured[day] = [...new Set([...(measured[day] ?? []), cell.suite])]
  return { ...first, options, cells: cells.map(({ cell }) => cell), measured }
}

const daysOf = (run) => run.cells.map((cell) => ({ day: run.date.slice(0, 10), cell }))
const placeOf = ({ suite, database }) => `${suite}/${database}`

/** The options that a run's suites went by. */
function optionsOf({ options, cells }) {
  const suites = new Set(cells.map(({ suite }) => suite))
  const names = Object.keys(options).filter((name) =>
    [...suites].some((suite) => name.startsWith(suite)),
  )
  const ofCalls = suites.has('calls') || suites.has('growth') ? ['repeats', 'sampleMs'] : []
  return Object.fromEntries([...names, ...ofCalls].map((name) => [name, options[name]]))
}

/** What both have must be equal: figures of two machines or versions do not belong on one page. */
function mustAgree(what, one, other) {
  for (const [name, value] of Object.entries(other)) {
    if (name in one && one[name] !== value)
      throw new Error(`the runs differ in ${what}: ${name} ${one[name]} and ${value}`)
  }
}
