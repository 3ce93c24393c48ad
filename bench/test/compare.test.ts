import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compared, features } from '../src/compare/features.mjs'
import { readOptions, usage } from '../src/compare/options.mjs'

const bench = join(__dirname, '..')
const root = join(bench, '..')

const node = (...args: readonly string[]) =>
  execFileSync(process.execPath, args, { cwd: bench, encoding: 'utf8', stdio: 'pipe' })

interface Run {
  readonly cells: readonly {
    readonly scenario: string
    readonly store: string
    readonly samples: readonly Readonly<Record<string, number>>[]
  }[]
}

describe('docs/comparison.md', () => {
  const results = readdirSync(join(bench, 'results'))
    .filter((name) => /^comparison-[\d-]+\.json$/.test(name))
    .sort()

  it('is what the newest results give', () => {
    const newest = results.at(-1) ?? ''
    expect(node('src/compare/report.mjs', join('results', newest), '--print')).toBe(
      readFileSync(join(root, 'docs/comparison.md'), 'utf8'),
    )
  })
})

describe('the table of features', () => {
  /** The files that a package was published with: sources, types, statements and pages. */
  const textsOf = (name: string) => {
    const folder = join(bench, 'node_modules', name)
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => !file.startsWith('node_modules') && !/test/.test(file))
      .filter((file) => /\.(?:[cm]?[jt]s|md|sql|json)$/.test(file))
      .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
  }

  it.each(
    compared.flatMap((name, column) =>
      features.map(({ title, cells }) => ({ name, title, cell: cells[column] })),
    ),
  )('says of $name what it has: $title', ({ name, cell }) => {
    const { file: source, has, lacks } = cell ?? {}
    if (source !== undefined && has !== undefined) {
      const folder = name === 'knex-session' ? root : join(bench, 'node_modules', name)
      expect(readFileSync(join(folder, source), 'utf8')).toContain(has)
    } else {
      const texts = textsOf(name)
      expect(texts.length).toBeGreaterThan(2)
      const having = texts.filter(({ text }) => lacks?.test(text) ?? true)
      expect(having.map(({ file }) => file)).toEqual([])
    }
  })
})

describe('npm run compare', () => {
  it('plays a killed server, which users of knex-session do not notice', () => {
    const folder = mkdtempSync(join(tmpdir(), 'knex-session-compare-'))
    try {
      const out = join(folder, 'results.json')
      const stores = 'postgres/knex-session,postgres/connect-pg-simple'
      const selection = ['--only', 'killed-server', '--only', stores]
      node('src/compare/main.mjs', '--quick', ...selection, '--out', out)
      const { cells } = JSON.parse(readFileSync(out, 'utf8')) as Run
      expect(cells).toEqual([
        {
          scenario: 'killed-server',
          store: 'postgres/knex-session',
          samples: [expect.objectContaining({ errors: 0, lost: 0, unhandled: 0, ended: 0 })],
        },
        expect.objectContaining({ store: 'postgres/connect-pg-simple' }),
      ])
      // The fault took place, and callers of a store that does not wait saw it.
      expect(cells[1]?.samples[0]?.['errors']).toBeGreaterThan(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('writes the page only of a whole run', () => {
    expect(readOptions([])).toMatchObject({ docs: true, repeats: 3 })
    for (const args of [['--quick'], ['--only', 'clocks'], ['--no-docs']])
      expect(readOptions(args).docs).toBe(false)
    expect(() => readOptions(['--repeats', '0'])).toThrow('--repeats')
    expect(usage).toContain('--quick')
  })
})
