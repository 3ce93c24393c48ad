// npm run compare: the faults on knex-session and on other stores, from a fresh clone. Arguments
// are checked before anything is installed.
import { readOptions, usage } from '../bench/src/compare/options.mjs'
import { build, everyPackage } from './build.mjs'
import { readArguments } from './steps/arguments.mjs'
import { install } from './steps/pnpm.mjs'
import { root, run, step } from './steps/step.mjs'

const compare = async () => {
  const ready =
    (await step('Installing with pnpm, by the lockfile', () => install('silent'))) &&
    (await step('Building the packages', () => build(everyPackage())))
  if (!ready) return 1
  const args = process.argv.slice(2)
  return run(process.execPath, ['src/compare/main.mjs', ...args], { cwd: `${root}bench` })
}

if (readArguments(readOptions, usage) !== undefined) process.exitCode = await compare()
