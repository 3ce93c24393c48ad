import { readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { bundle } from '../src/apps.mjs'
import { bounds, bundleBound, commandBound } from '../src/bounds.mjs'
import { run } from '../src/run.mjs'
import { command, consumer, libraries } from './folders.js'

interface Loaded {
  readonly file: string
  readonly bytes: number
}

const kB = (bytes: number): number => Math.round(bytes / 100) / 10

const loadedBy = async (...modules: string[]): Promise<readonly Loaded[]> =>
  JSON.parse(await run(process.execPath, ['loaded.cjs', ...modules], { cwd: consumer })) as Loaded[]

/** The package a file belongs to; none for the app itself. */
const packageOf = (file: string): string | undefined => {
  const [first = '', second = ''] = file.split(`${sep}node_modules${sep}`).at(-1)?.split(sep) ?? []
  if (!file.includes(`${sep}node_modules${sep}`)) return undefined
  return first.startsWith('@') ? `${first}/${second}` : first
}

const sum = (files: readonly { readonly bytes: number }[]): number =>
  files.reduce((total, { bytes }) => total + bytes, 0)

const lines: string[] = []
afterAll(() => {
  process.stderr.write(
    `Sizes in kB: tarball, installed, loaded by require (own files)\n${lines.sort().join('\n')}\n`,
  )
})

it.each(libraries)('$name stays small', async ({ name, tarball }) => {
  const folder = join(consumer, 'node_modules', name)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const installed = files.map((entry) => ({
    bytes: statSync(join(entry.parentPath, entry.name)).size,
  }))
  const own = (await loadedBy(name)).filter(({ file }) => packageOf(file) === name)
  const size = {
    tarball: kB(statSync(tarball).size),
    installed: kB(sum(installed)),
    loaded: kB(sum(own)),
  }
  lines.push(`   ${name}: ${size.tarball}, ${size.installed}, ${size.loaded} (${own.length})`)

  const bound = bounds[name.replace('@knex-session/', '')]
  const over = (['tarball', 'installed', 'loaded'] as const).filter(
    (part) => size[part] > (bound?.[part] ?? 0),
  )
  expect(over.map((part) => `${part}: ${size[part]} kB of at most ${bound?.[part] ?? 0}`)).toEqual(
    [],
  )
  // A dialect whose files were not loaded would be within any bound.
  expect(size.loaded).toBeGreaterThan(0)
})

it('the command stays small: nobody loads it', () => {
  const size = kB(statSync(command.tarball).size)
  lines.push(`   ${command.name}: ${size}`)
  expect(size).toBeLessThanOrEqual(commandBound)
})

it('a bundle of core and a dialect stays small', async () => {
  const { bytes } = await bundle(consumer, 'esm')
  lines.push(`   core with dialect-sqlite, bundled and minified: ${kB(bytes)}`)
  expect(kB(bytes)).toBeLessThanOrEqual(bundleBound)
})

it('core and a dialect load their peers and what those depend on, but no driver', async () => {
  const loaded = async (...modules: string[]) => [
    ...new Set((await loadedBy(...modules)).map(({ file }) => packageOf(file))),
  ]
  const peers = await loaded('express-session', 'knex')
  const others = (await loaded('@knex-session/core', '@knex-session/dialect-sqlite')).filter(
    (name) => !peers.includes(name),
  )
  expect(others.sort()).toEqual(['@knex-session/core', '@knex-session/dialect-sqlite'])
})
