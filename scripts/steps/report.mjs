import { existsSync, readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { root } from './step.mjs'

/**
 * The part of jest's --json output that is read here.
 * @typedef {object} JestResult
 * @property {boolean} success
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {number} numFailedTestSuites
 * @property {number} numRuntimeErrorTestSuites
 * @property {{ name: string, assertionResults: { status: string }[] }[]} testResults
 */

/** @typedef {import('../jest/facts.mjs').Fact} Fact */

const databases = [
  { name: 'PostgreSQL', folder: 'packages/dialect-postgres' },
  { name: 'CockroachDB', folder: 'packages/dialect-cockroachdb', variable: 'COCKROACH_URL' },
  { name: 'MySQL', folder: 'packages/dialect-mysql' },
  { name: 'SQLite', folder: 'packages/dialect-sqlite' },
  { name: 'SQL Server', folder: 'packages/dialect-mssql', variable: 'MSSQL_URL' },
  { name: 'Oracle Database', folder: 'packages/dialect-oracle', variable: 'ORACLE_URL' },
  { name: 'Firebird', folder: 'examples/firebird' },
]

/**
 * @param {JestResult} result
 * @param {string} folder
 */
const testsIn = (result, folder) => {
  const prefix = folder.replaceAll('/', sep) + sep
  const statuses = result.testResults
    .filter(({ name }) => relative(root, name).startsWith(prefix))
    .flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
  const count = (/** @type {string} */ status) => statuses.filter((each) => each === status).length
  return {
    total: statuses.length,
    text: `${count('passed')} passed, ${count('failed')} failed in ${folder}`,
  }
}

/**
 * @param {typeof databases[number]} database
 * @param {Fact | undefined} fact
 * @param {JestResult} result
 */
const line = ({ name, folder, variable }, fact, result) => {
  const tests = testsIn(result, folder)
  if (fact?.server !== undefined) {
    const where = {
      private: 'real server, started for this run',
      given: 'real server, given by its URL',
      embedded: 'the real library, in the test process',
    }[fact.origin ?? 'private']
    const counted =
      fact.work === undefined ? '' : `, ${fact.work} ${fact.unit} counted by the server`
    return `${fact.server}: ${where}${counted}; ${fact.tests ?? tests.text}`
  }
  if (tests.total === 0) return `${name}: not part of this run`
  if (variable === undefined) return `${name}: no server; ${tests.text}`
  const given = process.env[variable]
  return given
    ? `${name}: the server of ${variable}; ${tests.text}`
    : `${name}: NOT tested on a server (no ${variable}), only what needs none; ${tests.text}`
}

/**
 * @param {string} file
 * @returns {Map<string, Fact>}
 */
const readFacts = (file) => {
  const facts = new Map()
  if (!existsSync(file)) return facts
  for (const text of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const fact = JSON.parse(text)
    if (fact.database === undefined) continue
    facts.set(fact.database, { ...facts.get(fact.database), ...fact })
  }
  return facts
}

/**
 * What fault tests counted, one line each.
 * @param {string} factsFile
 * @returns {string[]}
 */
export const figuresReport = (factsFile) => {
  if (!existsSync(factsFile)) return []
  const facts = readFileSync(factsFile, 'utf8').split('\n').filter(Boolean)
  return facts.map((text) => JSON.parse(text).figures).filter((figures) => figures !== undefined)
}

/**
 * What ran against a real server, one line per database.
 * @param {JestResult} result
 * @param {string} factsFile
 * @returns {string[]}
 */
export const serverReport = (result, factsFile) => {
  const facts = readFacts(factsFile)
  return databases.map((database) => line(database, facts.get(database.name), result))
}

/**
 * @param {JestResult} result
 * @returns {{ passed: number, failed: number, skipped: number }} a test file that could not run
 * counts as one failure
 */
export const tally = (result) => ({
  passed: result.numPassedTests,
  failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
  skipped: result.numPendingTests + result.numTodoTests,
})
