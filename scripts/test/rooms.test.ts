import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../steps/step.mjs'

const core = 'packages/core/src'

/**
 * What the guard of core's rooms says of a copy of them with one more line in a file; nothing where
 * it is content.
 */
async function withLine(file: string, line: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-rooms-'))
  try {
    cpSync(join(root, core), join(folder, core), { recursive: true })
    cpSync(join(root, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const path = join(folder, core, file)
    writeFileSync(path, `${line}\n${readFileSync(path, 'utf8')}`)
    const guard = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
    await promisify(execFile)(
      process.execPath,
      [guard, core, '--config', '.dependency-cruiser.cjs'],
      { cwd: folder },
    )
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('the guard of the rooms of core', () => {
  it('is content with what is there', async () => {
    expect(await withLine('time.ts', '// Nothing.')).toBe('')
  })

  it.each([
    ['upwards', 'coalescer/queue.ts', "import '../store/store.js'", 'coalescer-imports'],
    ['past a public file', 'store/store.ts', "import '../table/queries.js'", 'store-imports'],
    ['past a room', 'store/store.ts', "import '../statement/runner.js'", 'store-imports'],
    ['from the ground', 'errors.ts', "import './dialect/index.js'", 'ground-imports-nothing'],
    ['in a circle', 'coalescer/entry.ts', "import './queue.js'", 'no-circle'],
  ])('refuses an import %s', async (_, file, line, rule) => {
    expect(await withLine(file, line)).toContain(rule)
  })

  it('has a row in docs/architecture.md for every folder of core', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    expect(foldersOf(core).filter((folder) => !page.includes(`](../${folder})`))).toEqual([])
  })
})

/** Every folder in one, and in those. */
function foldersOf(parent: string): readonly string[] {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${parent}/${name}`)
    .flatMap((folder) => [folder, ...foldersOf(folder)])
}

it.each(['tests', 'scripts'])('docs/architecture.md has a row for every folder of %s', (parent) => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const folders = readdirSync(join(root, parent), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  const paths = folders
    .filter(({ name }) => name !== 'node_modules')
    .map(({ name }) => `${parent}/${name}`)
  expect(paths.filter((path) => !page.includes(`| [\`${path}/\`](../${path})`))).toEqual([])
})
