import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embedded } from '../src/embedded.js'
import { checkDriverVersion } from '../src/driver-version.js'

describe('a better-sqlite3 that would end the process', () => {
  let folder: string
  let program: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'knex-session-driver-'))
    program = join(folder, 'app.mjs')
    mkdirSync(join(folder, 'node_modules', 'better-sqlite3'), { recursive: true })
  })
  afterEach(() => {
    jest.restoreAllMocks()
    rmSync(folder, { recursive: true })
  })

  function install(version: string, node?: string): void {
    const manifest = {
      name: 'better-sqlite3',
      version,
      ...(node === undefined ? {} : { engines: { node } }),
    }
    writeFileSync(
      join(folder, 'node_modules', 'better-sqlite3', 'package.json'),
      JSON.stringify(manifest),
    )
  }

  it('is refused with the version to install', () => {
    install('13.2.0', '>=22')
    expect(() => {
      checkDriverVersion('20.20.2', ['', program])
    }).toThrow(
      '[knex-session] [sqlite] better-sqlite3 13.2.0 needs Node.js 22 or newer and would end this process, which runs on 20.20.2: ' +
        'install `better-sqlite3@12`, or a newer Node.js',
    )
  })

  it('is refused before the store opens its own file', () => {
    install('99.0.0', '>=99')
    jest.spyOn(process, 'cwd').mockReturnValue(folder)
    const [first] = process.argv.splice(1, 1, program)
    try {
      expect(() => embedded()).toThrow('install `better-sqlite3@12`')
    } finally {
      process.argv[1] = String(first)
    }
  })

  it.each([
    ['13.2.0', '>=22', '22.1.0'],
    ['12.11.1', '20.x || 22.x || 23.x', '20.20.2'],
    ['12.11.1', '20.x || 22.x || 23.x', '27.0.0'],
    ['7.0.0', undefined, '20.20.2'],
  ])('is not %s, which asks for %s, on %s', (version, engines, node) => {
    install(version, engines)
    expect(() => {
      checkDriverVersion(node, [program])
    }).not.toThrow()
  })

  it('is not assumed when none is found: knex reports that', () => {
    expect(() => {
      checkDriverVersion('20.20.2', ['', program])
    }).not.toThrow()
  })
})
