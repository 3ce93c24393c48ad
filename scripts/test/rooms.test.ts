import { execFile, spawnSync } from 'node:child_process'
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

/** Lines that break a rule of the guard, each in a file of its own. */
const breaches: readonly (readonly [name: string, file: string, line: string, rule: string])[] = [
  ['upwards', 'coalescer/queue.ts', "import '../store/store.js'", 'coalescer-imports'],
  ['past a public file', 'store/store.ts', "import '../table/queries.js'", 'store-imports'],
  ['past a room', 'store/parts.ts', "import '../statement/runner.js'", 'store-imports'],
  ['from the ground', 'errors.ts', "import './dialect/index.js'", 'ground-imports-nothing'],
  [
    'from the ground upwards',
    'diagnostics.ts',
    "import './session/sid.js'",
    'ground-imports-nothing',
  ],
  ['of the table', 'encryption.ts', "import './table/gateway.js'", 'encryption-imports'],
  ['of the policy', 'migration.ts', "import './delivery/delivery.js'", 'migration-imports'],
  ['of a store itself', 'migration.ts', "import './store/store.js'", 'migration-imports'],
  ['past the store', 'express-session.ts', "import './table/lists.js'", 'express-session-imports'],
  ['of express-session', 'standalone.ts', "import './express-session.js'", 'standalone-imports'],
  ['of statements', 'index.ts', "import './statement/runner.js'", 'index-imports'],
  ['past what is public', 'compat.ts', "import './store/store.js'", 'compat-imports'],
  ['in a circle', 'coalescer/entry.ts', "import './queue.js'", 'no-circle'],
  ['of knex', 'coalescer/rules.ts', "import knex from 'knex'", 'types-of-knex'],
  ['of a type of knex', 'session/sid.ts', "import type { Knex } from 'knex'", 'types-of-knex'],
  ['of knex itself', 'table/queries.ts', "import knex from 'knex'", 'values-of-knex'],
  [
    'of express-session itself',
    'session/payload.ts',
    "import { Session } from 'express-session'",
    'values-of-express-session',
  ],
  ['of core by its name', 'table/rows.ts', "import '@knex-session/core'", 'only-these-packages'],
  [
    'of an entry by its name',
    'delivery/lives.ts',
    "import '@knex-session/core/dialect'",
    'only-these-packages',
  ],
  ['of a driver', 'statement/runner.ts', "import 'pg'", 'only-these-packages'],
  [
    'of what makes a `require`',
    'time.ts',
    "import { createRequire } from 'node:module'",
    'only-these-packages',
  ],
]

/**
 * What the guard of core's rooms says of a copy of them with further lines in some files; nothing
 * where it is content.
 */
async function withLines(lines: readonly { file: string; line: string }[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-rooms-'))
  try {
    cpSync(join(root, core), join(folder, core), { recursive: true })
    for (const each of ['.dependency-cruiser.cjs', 'packages/core/package.json'])
      cpSync(join(root, each), join(folder, each))
    for (const each of ['node_modules', 'packages/core/node_modules'])
      symlinkSync(join(root, each), join(folder, each))
    for (const { file, line } of lines) {
      const path = join(folder, core, file)
      writeFileSync(path, `${line}\n${readFileSync(path, 'utf8')}`)
    }
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
    expect(await withLines([])).toBe('')
  })

  describe('refuses an import', () => {
    let said: string
    beforeAll(async () => {
      said = await withLines(breaches.map(([, file, line]) => ({ file, line })))
    })

    it.each(breaches)('%s', (_, file, __, rule) => {
      expect(said).toContain(`error ${rule}: ${core}/${file} → `)
    })
  })

  it('refuses what no import of a file shows', () => {
    const lines = [
      "createRequire(import.meta.url)('../store/store.js')",
      "process.getBuiltinModule('module').createRequire('/')",
      "require('../store/store.js')",
      "import('../store/' + 'store.js')",
      "import store = require('../store/store.js')",
    ]
    const file = `${core}/coalescer/rules.ts`
    const text = readFileSync(join(root, file), 'utf8')
    const { stdout } = spawnSync(
      process.execPath,
      ['node_modules/eslint/bin/eslint.js', '--stdin', '--stdin-filename', file, '--format=json'],
      { cwd: root, input: `${text}${lines.join('\n')}\n`, encoding: 'utf8' },
    )
    const [{ messages }] = JSON.parse(stdout) as [{ messages: { ruleId: string; line: number }[] }]
    const refused = messages.filter(({ ruleId }) => ruleId === 'no-restricted-syntax')
    const first = text.split('\n').length
    expect(lines.filter((_, at) => !refused.some(({ line }) => line === first + at))).toEqual([])
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

/** The folders directly in one, but for hidden ones and those that an install or a run makes. */
function visibleIn(parent: string): readonly string[] {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !/^(?:\.|(?:node_modules|coverage)$)/.test(entry.name),
    )
    .map(({ name }) => name)
}

it('the repository has six folders at the top: another goes into one of them', () => {
  const folders = ['bench', 'docs', 'examples', 'packages', 'scripts', 'tests']
  expect([...visibleIn('')].sort()).toEqual(folders)
})

it.each(['', 'tests/', 'scripts/'])(
  'docs/architecture.md has a row for every folder of ./%s',
  (of) => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    const paths = visibleIn(of).map((name) => of + name)
    const isThere = (path: string) => page.includes(`| [\`${path}/`)
    expect(paths.filter((path) => !isThere(path))).toEqual([])
  },
)
