// npm test: everything a change has to pass. Arguments go to jest: npm test -- --selectProjects
// postgres npm run test:extended: the slow tests; --soak=3600 makes the soak last an hour in place
// of a minute.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, everyPackage } from './build.mjs'
import { install } from './steps/pnpm.mjs'
import { figuresReport, serverReport, tally } from './steps/report.mjs'
import { run, step } from './steps/step.mjs'

// `pnpm test -- x` hands the dashes on, `npm test -- x` does not.
const args = process.argv.slice(2).filter((arg) => arg !== '--')
const extended = args.includes('--extended')
const soak = /^--soak=(\d+)$/.exec(args.find((arg) => arg.startsWith('--soak')) ?? '--soak=60')?.[1]
const jestArgs = [
  ...(extended
    ? [
        '--selectProjects',
        'extended',
        'cockroachdb-extended',
        'consumers-extended',
        'mysql-extended',
      ]
    : []),
  ...args.filter((arg) => !/^--(?:extended$|soak)/.test(arg)),
]

const node = (/** @type {string} */ script, /** @type {string[]} */ ...args) =>
  run(process.execPath, [`node_modules/${script}`, ...args])

/**
 * The checks that run beside each other, and in each row one after the other: linting takes as long
 * as the others together, and as them one processor.
 * @type {[title: string, work: () => Promise<number>][][]}
 */
const checks = [
  [['Linting', () => node('eslint/bin/eslint.js', '.', '--max-warnings=0')]],
  [
    [
      'Checking the format (npm run format repairs it)',
      () => node('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
    ],
    [
      'Checking the rooms of core',
      () =>
        node(
          'dependency-cruiser/bin/dependency-cruise.mjs',
          'packages/core/src',
          '--config',
          '.dependency-cruiser.cjs',
        ),
    ],
    ['Checking the types of tests and scripts', () => node('typescript/bin/tsc', '-b')],
    [
      'Checking the sentences of the pages',
      () => run(process.execPath, ['scripts/docs/prose.mjs']),
    ],
  ],
]

/**
 * The titles of the checks that fail.
 * @returns {Promise<string[]>}
 */
const failedChecks = async () => {
  /** @type {string[]} */
  const failed = []
  await Promise.all(
    checks.map(async (row) => {
      for (const [title, work] of row) if (!(await step(title, work))) failed.push(title)
    }),
  )
  return failed
}

const runJest = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-report-'))
  const [output, facts] = [join(folder, 'jest.json'), join(folder, 'facts.jsonl')]
  try {
    const code = await run(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${output}`, ...jestArgs],
      {
        env: {
          KNEX_SESSION_FACTS: facts,
          ...(extended && { KNEX_SESSION_EXTENDED: '1', KNEX_SESSION_SOAK_SECONDS: String(soak) }),
        },
      },
    )
    const figures = figuresReport(facts)
    if (!existsSync(output))
      return {
        code,
        report: ['jest ended before it ran a test'],
        figures,
        counts: { passed: 0, failed: 1, skipped: 0 },
      }
    const result = JSON.parse(readFileSync(output, 'utf8'))
    return {
      code,
      report: extended ? [] : serverReport(result, facts),
      figures,
      counts: tally(result),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const main = async () => {
  if (soak === undefined) {
    console.log('--soak takes a number of seconds: npm run test:extended -- --soak=3600')
    return
  }
  console.log(
    extended
      ? `npm run test:extended: install, build, then the slow tests, with a soak of ${soak} s, on servers that they start themselves.`
      : 'npm test: install, build, format, lint, types, then the tests, which start their own database servers.',
  )
  if (!(await step('Installing with pnpm, by the lockfile', () => install('append-only')))) return
  const failed = []
  if (!(await step('Building the packages', () => build(everyPackage()))))
    failed.push('Building the packages')
  if (!extended) failed.push(...(await failedChecks()))

  /** @type {Awaited<ReturnType<typeof runJest>> | undefined} */
  let tests
  await step('Running the tests', async () => (tests = await runJest()).code)
  if (tests === undefined) return
  for (const [title, lines] of /** @type {const} */ ([
    ['What ran against a real server', tests.report],
    ['What callers saw of faults', tests.figures],
  ])) {
    if (lines.length === 0) continue
    console.log(`\n== ${title}`)
    for (const text of lines) console.log(`   ${text}`)
  }
  for (const title of failed) console.log(`\nFAILED: ${title}`)
  const { passed, failed: broken, skipped } = tests.counts
  // Every check that fails counts, so that the last line never looks green when the exit code is
  // not.
  console.log(`\n${passed} passed, ${broken + failed.length} failed, ${skipped} skipped`)
  return tests.code === 0 && failed.length === 0
}

const succeeded = await main()
if (succeeded === undefined) console.log('\n0 passed, 1 failed, 0 skipped')
process.exitCode = succeeded ? 0 : 1
