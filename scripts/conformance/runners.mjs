// Runs tests by node:test, vitest and jest, each in a process of its own, and reads what passed and
// what failed.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What became of the tests, by their full names.
 * @typedef {object} Verdict
 * @property {string[]} passed sorted
 * @property {string[]} failed each with its message
 */

/** What a runner gives its own processes, and not a runner that one of them starts. */
const ofRunners = ['JEST_WORKER_ID', 'NODE_ENV', 'NODE_TEST_CONTEXT', 'VITEST']

/** The most one run may take, in ms. */
const longest = 300_000

const reporter = fileURLToPath(new URL('node-reporter.mjs', import.meta.url))

/**
 * Ends with the exit code and whatever was printed.
 * @param {string} folder
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, output: string, errors: string }>}
 */
const runNode = (folder, args, env = {}) =>
  new Promise((resolve) => {
    const inherited = Object.entries(process.env).filter(([name]) => !ofRunners.includes(name))
    const options = {
      cwd: folder,
      env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
      timeout: longest,
      maxBuffer: 64 * 1024 * 1024,
    }
    execFile(process.execPath, args, options, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output, errors })
    })
  })

/**
 * @param {{ code: number, output: string, errors: string }} run
 * @param {readonly { name: string, failure?: string | undefined }[]} tests
 * @returns {Verdict}
 */
const verdict = ({ code, output, errors }, tests) => {
  const failed = tests.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`${name}: ${failure}`],
  )
  // A runner that fails without a failed test could not run.
  if (code !== 0 && failed.length === 0) failed.push(`exit code ${code}: ${errors}${output}`)
  const passed = tests.filter(({ failure }) => failure === undefined).map(({ name }) => name)
  return { passed: passed.sort(), failed }
}

/**
 * @param {string} folder
 * @param {readonly string[]} files
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Verdict>}
 */
export const byNodeTest = async (folder, files, env = {}) => {
  const run = await runNode(folder, ['--test', `--test-reporter=${reporter}`, ...files], env)
  const lines = run.output.split('\n').filter((line) => line.startsWith('{'))
  return verdict(
    run,
    lines.map((line) => JSON.parse(line)),
  )
}

/**
 * @param {string} folder a package in which vitest is installed
 * @param {readonly string[]} files
 * @returns {Promise<Verdict>}
 */
export const byVitest = (folder, files) =>
  withReport((report) =>
    runNode(folder, [
      entry(folder, 'vitest'),
      'run',
      ...files,
      '--testTimeout=30000',
      '--reporter=json',
      `--outputFile=${report}`,
    ]),
  )

/**
 * ES modules, as jest takes them.
 * @param {string} folder a package in which jest is installed
 * @param {string} pattern of the files' paths
 * @returns {Promise<Verdict>}
 */
export const byJest = (folder, pattern) =>
  withReport((report) =>
    runNode(
      folder,
      [
        entry(folder, 'jest'),
        '--testMatch',
        pattern,
        '--testTimeout=30000',
        '--json',
        `--outputFile=${report}`,
      ],
      {
        NODE_OPTIONS: '--experimental-vm-modules',
      },
    ),
  )

/**
 * The script that a package runs as its command.
 * @param {string} folder
 * @param {string} name
 */
const entry = (folder, name) => {
  const manifest = createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[name])
}

/**
 * Reads the report of jest, which vitest writes too.
 * @param {(report: string) => ReturnType<typeof runNode>} work
 */
const withReport = async (work) => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-runner-'))
  try {
    const report = join(folder, 'report.json')
    const run = await work(report)
    return verdict(run, testsOf(report))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {string} report */
const testsOf = (report) => {
  /**
   * @type {{ testResults: { assertionResults: { ancestorTitles: string[], title: string, status:
   * string, failureMessages: string[] }[] }[] }}
   */
  let results
  try {
    results = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return []
  }
  return results.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ ancestorTitles, title, status, failureMessages }) => ({
      name: [...ancestorTitles, title].join(' '),
      failure: status === 'passed' ? undefined : `${status} ${failureMessages.join('\n')}`,
    }))
}
