// npm run compare: the faults on knex-session and on other stores, from a fresh clone. Arguments
// are checked before anything is installed.
import { readOptions, usage } from '../bench/src/compare/options.mjs'
import { build, everyPackage } from './build.mjs'
import { pnpm } from './steps/pnpm.mjs'
import { root, run, step } from './steps/step.mjs'

const args = process.argv.slice(2)

const readArguments = () => {
  try {
    return readOptions(args)
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`)
    return undefined
  }
}

const install = async () => {
  const code = await pnpm(['install', '--frozen-lockfile', '--trust-lockfile', '--reporter=silent'])
  return code === 0 ? pnpm(['rebuild', '--pending']) : code
}

const main = async () => {
  const options = readArguments()
  if (options === undefined) return 1
  if (options.help) {
    console.log(usage)
    return 0
  }
  const ready =
    (await step('Installing with pnpm, by the lockfile', install)) &&
    (await step('Building the packages', () => build(everyPackage())))
  if (!ready) return 1
  return run(process.execPath, ['src/compare/main.mjs', ...args], { cwd: `${root}bench` })
}

process.exitCode = await main()
