import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../src/run.mjs'
import { libraries, packed } from './folders.js'

const tools = join(__dirname, '../node_modules')

/** Runs the command of an installed package, and gives what it prints. */
const command = (name: string, bin: string, ...args: string[]): Promise<string> => {
  const { bin: bins } = JSON.parse(readFileSync(join(tools, name, 'package.json'), 'utf8')) as {
    bin: Record<string, string>
  }
  return run(process.execPath, [join(tools, name, bins[bin] ?? ''), ...args], { cwd: __dirname })
}

it.each(packed)('$name is clean by publint', async ({ tarball }) => {
  expect(await command('publint', 'publint', 'run', tarball, '--strict')).toContain('All good!')
})

it.each(libraries)(
  '$name has the right types for every way to import it, by are-the-types-wrong',
  async ({ tarball }) => {
    expect(
      await command('@arethetypeswrong/cli', 'attw', tarball, '--no-emoji', '--no-color'),
    ).toContain('No problems found')
  },
)
