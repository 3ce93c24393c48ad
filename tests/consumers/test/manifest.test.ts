import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { satisfies } from 'semver'
import { command, consumer, packed } from './folders.js'

interface Manifest {
  readonly version: string
  readonly type: string
  readonly license: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly homepage: string
  readonly bugs: string
  readonly repository: { readonly url: string; readonly directory: string }
  readonly engines: { readonly node: string }
  readonly sideEffects: false | readonly string[]
  readonly publishConfig: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>
  readonly scripts?: unknown
}

const folderOf = (name: string): string => join(consumer, 'node_modules', name)
const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')) as Manifest

/**
 * Drivers and the versions their ranges have to hold: today's, and the last of each major before it
 * that runs on Node.js 20.
 */
const drivers: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'dialect-postgres': { pg: ['8.0.3', '8.23.1'] },
  'dialect-cockroachdb': { pg: ['8.0.3', '8.23.1'] },
  'dialect-mysql': { mysql: ['2.18.1'], mysql2: ['2.3.3', '3.24.6'], mariadb: ['3.2.0', '3.5.4'] },
  'dialect-sqlite': {
    'better-sqlite3': ['11.10.0', '12.11.1', '13.2.0'],
    sqlite3: ['5.1.7', '6.0.1'],
  },
  'dialect-mssql': { tedious: ['18.6.2', '19.2.2', '20.3.9'] },
  'dialect-oracle': { oracledb: ['6.10.0', '7.0.1', '26.0.0'] },
}

/** The driver of a knex client, where its name is another. */
const driverOf: Readonly<Record<string, string>> = { mssql: 'tedious', cockroachdb: 'pg' }

/** What a dialect is made of, for those that are made of another. */
const madeOf: Readonly<Record<string, string>> = {
  'dialect-cockroachdb': '@knex-session/dialect-postgres',
}

/** What a program needs installed: the packages it imports, and the driver of its knex client. */
const neededBy = (program: string): string[] => {
  const imports = Array.from(
    program.matchAll(/^import (?:[^']* from )?'((?:@[^'/]+\/)?[^'/]+)/gm),
    ([, name]) => name ?? '',
  )
  const clients = Array.from(
    program.matchAll(/\bclient: '([^']+)'/g),
    ([, client]) => driverOf[client ?? ''] ?? client ?? '',
  )
  return [...imports.filter((name) => !name.startsWith('node:')), ...clients]
}

describe.each(packed)('$name', ({ name, version }) => {
  const folder = folderOf(name)
  const manifest = manifestOf(name)
  const short = name.replace('@knex-session/', '')

  it('says where it comes from and how it may be used', () => {
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20' },
      repository: {
        type: 'git',
        url: 'git+https://github.com/knex-session/knex-session.git',
        directory: `packages/${short}`,
      },
      homepage: `https://github.com/knex-session/knex-session/tree/main/packages/${short}#readme`,
      bugs: 'https://github.com/knex-session/knex-session/issues',
      publishConfig: { access: 'public', provenance: true },
    })
    expect(manifest.description).not.toBe('')
    expect(manifest.keywords).toEqual(
      expect.arrayContaining(['express', 'express-session', 'session', 'store', 'knex']),
    )
    expect(manifest.scripts).toBeUndefined()
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toMatch(/^MIT License/)
  })

  it('starts its README with the install line and a program', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    expect(readme).toMatch(new RegExp(`^# ${name}\n`))
    const [install, program] = Array.from(
      readme.matchAll(/```(?:sh|js)\n([^]*?)```/g),
      ([, code]) => code ?? '',
    )
    expect(install).toMatch(/^npm install /)
    for (const peer of Object.keys(manifest.peerDependencies))
      if (!manifest.peerDependenciesMeta?.[peer]) expect(install).toContain(peer)
    expect(program).toContain(name === command.name ? `npx ${name} ` : `'${name}'`)
    // The parts of the application that a program takes as given.
    const installed = (install ?? '').split(/\s+/).map((word) => word.replace(/(?<=.)@\d.*/, ''))
    expect(neededBy(program ?? '').filter((needed) => !installed.includes(needed))).toEqual([])
  })

  it('contains what is loaded and its types: no tests, caches, sources or maps', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    expect(
      files.filter((file) =>
        /\.tsbuildinfo$|\.map$|\.test\.|(^|\/)(src|test|node_modules)(\/|$)|tsconfig/.test(file),
      ),
    ).toEqual([])
  })

  it('names the files with side effects that exist', () => {
    for (const file of manifest.sideEffects || []) expect(existsSync(join(folder, file))).toBe(true)
  })

  it('asks for nothing that only this repository has', () => {
    const ranges = Object.values({ ...manifest.dependencies, ...manifest.peerDependencies })
    expect(ranges.filter((range) => /^(workspace|catalog|file|link):/.test(range))).toEqual([])
  })

  it('has the other packages of its version for peers, and the command for dependencies', () => {
    const { dependencies, peerDependencies } = manifest
    const range = (name === command.name ? dependencies : peerDependencies)?.['@knex-session/core']
    if (short === 'core') expect(range).toBeUndefined()
    else expect(satisfies(version, range ?? '')).toBe(true)
  })
})

it('core has no dependency; knex is a peer, and express-session one that may be missing', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifestOf('@knex-session/core')
  expect(dependencies).toBeUndefined()
  expect(Object.keys(peerDependencies).sort()).toEqual([
    '@types/express-session',
    'express-session',
    'knex',
  ])
  expect(peerDependenciesMeta).toEqual({
    '@types/express-session': { optional: true },
    'express-session': { optional: true },
  })
  for (const version of ['3.0.1', '3.3.0'])
    expect(satisfies(version, peerDependencies['knex'] ?? '')).toBe(true)
  for (const version of ['1.17.0', '1.19.0'])
    expect(satisfies(version, peerDependencies['express-session'] ?? '')).toBe(true)
})

describe.each(Object.entries(drivers))('@knex-session/%s', (short, versions) => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifestOf(
    `@knex-session/${short}`,
  )

  it('depends on nothing; its drivers are peers that may be missing', () => {
    expect(dependencies).toBeUndefined()
    const others = [madeOf[short] ?? []].flat()
    expect(Object.keys(peerDependencies).sort()).toEqual(
      ['@knex-session/core', ...others, ...Object.keys(versions)].sort(),
    )
    expect(Object.keys(peerDependenciesMeta ?? {}).sort()).toEqual(Object.keys(versions).sort())
    expect(Object.values(peerDependenciesMeta ?? {}).every(({ optional }) => optional)).toBe(true)
  })

  it('takes the drivers of today and the majors before', () => {
    for (const [driver, accepted] of Object.entries(versions)) {
      expect(
        accepted.filter((version) => !satisfies(version, peerDependencies[driver] ?? '')),
      ).toEqual([])
    }
  })
})
