import { delimiter, dirname, join } from 'node:path'
import { addPlugin, apps, bundle, served } from '../src/apps.mjs'
import { copyDriver, install, remove } from '../src/consumer.mjs'
import { nodeOf, type NodeVersion } from '../src/nodes.mjs'
import { run } from '../src/run.mjs'
import { setups, writeProject } from '../src/types.mjs'
import {
  compilers,
  driverFor,
  drivers,
  oldestPeers,
  peers,
  runners,
  types,
} from '../src/versions.mjs'
import { packed } from '../test/folders.js'

const tarballs = packed.map(({ tarball }) => tarball)
const compilerPackages = Object.entries(compilers).map(([name, version]) => `${name}@${version}`)

/**
 * better-sqlite3 12 for the Node.js 20 at hand: the one of this repository, or compiled, which
 * takes a minute.
 */
const provideDriver = async (folder: string, { program, headers }: NodeVersion): Promise<void> => {
  if (headers === undefined) {
    copyDriver(folder)
    return
  }
  const env = {
    PATH: `${dirname(program)}${delimiter}${process.env['PATH'] ?? ''}`,
    npm_config_nodedir: headers,
  }
  await run('npm', ['rebuild', 'better-sqlite3', '--loglevel=error'], {
    cwd: folder,
    timeout: 150_000,
    env,
  })
}

describe.each([20, 22, 24] as const)('Node.js %i', (major) => {
  let node: NodeVersion
  let consumer: string
  const start = (...args: string[]): Promise<string> => run(node.program, args, { cwd: consumer })

  beforeAll(async () => {
    node = await nodeOf(major)
    const driver = driverFor(major)
    consumer = await install([
      ...tarballs,
      ...peers,
      ...types,
      ...compilerPackages,
      ...runners,
      driver,
    ])
    if (driver === drivers.forNode20) await provideDriver(consumer, node)
    addPlugin(consumer)
  }, 300_000)
  afterAll(() => {
    for (const folder of [consumer, node.folder]) if (folder !== undefined) remove(folder)
  })

  it('is the version it is said to be', async () => {
    expect(await start('--print', 'process.versions.node')).toMatch(new RegExp(`^${major}\\.`))
  })

  it.each(Object.entries(apps))('%s serves sessions', async (_, file) => {
    expect(await start(file)).toBe(served)
  })

  it.each(['esm', 'cjs'] as const)('a bundle by esbuild (%s) serves sessions', async (format) => {
    const { file } = await bundle(consumer, format)
    expect(await start(file)).toBe(served)
  })

  describe.each([
    ['typescript54', 5],
    ['typescript5', 5],
    ['typescript7', 7],
  ])('%s', (compiler, version) => {
    it.each(Object.entries(setups).filter(([, { until = version }]) => version <= until))(
      '%s',
      async (name, setup) => {
        const project = writeProject(consumer, setup, `${compiler}-${name.replaceAll(/\W/g, '')}`)
        await start(join(consumer, 'node_modules', compiler, 'bin/tsc'), '--project', project)
        if (setup.runs !== undefined) expect(await start(join(project, setup.runs))).toBe(served)
      },
    )
  })

  it('jest runs a test that requires the packages', async () => {
    const file = join(consumer, 'jest/store.test.js')
    await start(
      'node_modules/jest/bin/jest.js',
      '--runTestsByPath',
      file,
      '--json',
      '--outputFile=jest.json',
    )
    expect(
      JSON.parse(await start('--print', `JSON.stringify(require('./jest.json'))`)),
    ).toMatchObject({
      numPassedTests: 1,
      numTotalTests: 1,
    })
  })

  it('vitest runs a test that imports the packages', async () => {
    const results = await start(
      'node_modules/vitest/vitest.mjs',
      'run',
      'vitest/store.spec.mjs',
      '--reporter=json',
    )
    expect(JSON.parse(results.slice(results.indexOf('{')))).toMatchObject({
      numPassedTests: 1,
      numTotalTests: 1,
    })
  })
})

it('the oldest knex and express-session that the ranges admit serve sessions', async () => {
  const driver = driverFor(Number.parseInt(process.versions.node))
  const consumer = await install([...tarballs, ...oldestPeers, driver])
  try {
    if (driver === drivers.forNode20) copyDriver(consumer)
    for (const file of ['esm.mjs', 'commonjs.cjs'])
      expect(await run(process.execPath, [file], { cwd: consumer })).toBe(served)
  } finally {
    remove(consumer)
  }
}, 150_000)

it('says that the registry is missing, and does not hang, when npm cannot reach it', async () => {
  const registry = process.env['npm_config_registry']
  process.env['npm_config_registry'] = 'http://127.0.0.1:1/'
  try {
    await expect(install(['a-package-in-no-cache-of-npm@1.0.0'])).rejects.toThrow(
      /could not install .* needs the registry/,
    )
  } finally {
    if (registry === undefined) delete process.env['npm_config_registry']
    else process.env['npm_config_registry'] = registry
  }
}, 150_000)
