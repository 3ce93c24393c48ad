import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { run } from '../src/run.mjs'
import { consumer } from './folders.js'

const modules = join(consumer, 'node_modules')

/** Runs a command of an installed package by the name of its link, as `npx` does. */
const bin = (name: string, args: readonly string[], cwd: string): Promise<string> =>
  run(process.execPath, [join(modules, '.bin', name), ...args], { cwd })

it.each([
  ['js', '{ "type": "module" }'],
  ['cjs', '{}'],
  ['ts', '{ "type": "module" }'],
])('a migration that the command wrote (%s) is run by knex, up, down and up', async (ext, text) => {
  const cwd = join(consumer, `migrations-${ext}`)
  const folder = join(cwd, 'migrations')
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'package.json'), text)
  const config = {
    client: 'better-sqlite3',
    connection: { filename: 'a.sqlite' },
    useNullAsDefault: true,
    migrations: { extension: ext, loadExtensions: ['.js', '.cjs'] },
  }
  writeFileSync(join(cwd, 'knexfile.cjs'), `module.exports = ${JSON.stringify(config)}`)
  const flags = ['--user-id', '--table', 'web_sessions']
  expect(await bin('knex-session', ['migration', ...flags], cwd)).toMatch(/was written/)
  const [file = ''] = readdirSync(folder)
  if (ext === 'ts') {
    // Node.js 20 reads no TypeScript, and the compilers of applications all do this.
    const source = readFileSync(join(folder, file), 'utf8')
    const { code } = await transform(source, { loader: 'ts' })
    writeFileSync(join(folder, file.replace(/ts$/, 'js')), code)
    rmSync(join(folder, file))
  }
  const check = () => bin('knex-session', ['check', '--json', ...flags], cwd)
  for (const step of ['migrate:latest', 'migrate:rollback', 'migrate:latest'])
    await bin('knex', [step, '--knexfile', 'knexfile.cjs'], cwd)
  expect(await check()).toBe('{"ok":true,"findings":[]}\n')
})
