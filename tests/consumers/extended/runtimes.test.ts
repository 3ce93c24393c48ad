import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { served } from '../src/apps.mjs'
import { install, remove } from '../src/consumer.mjs'
import { run } from '../src/run.mjs'
import { peers, runtimes, serverDrivers } from '../src/versions.mjs'
import { packed } from '../test/folders.js'

const tarballs = packed.map(({ tarball }) => tarball)

/** How a runtime runs a program that reads files and opens connections. */
const commands = {
  bun: ['bun', 'run'],
  deno: ['deno', 'run', '--allow-all'],
} as const

/** SQLite as a Node-API addon, which other runtimes load. */
const libsql = 'libsql@0.5.29'

let consumer: string
beforeAll(async () => {
  // The packages of the runtimes bring their binaries by install scripts, or as packages of the
  // platform.
  const packages = [
    ...tarballs,
    ...peers,
    ...serverDrivers.newest,
    ...Object.values(runtimes),
    libsql,
  ]
  consumer = await install(packages, { scripts: true })
  // knex looks for the driver by the name of its client.
  const modules = join(consumer, 'node_modules')
  symlinkSync(join(modules, 'libsql'), join(modules, 'better-sqlite3'))
}, 300_000)
afterAll(() => remove(consumer))

describe.each(Object.entries(commands))('%s', (name, [program, ...options]) => {
  const start = (...args: string[]): Promise<string> =>
    run(join(consumer, 'node_modules/.bin', program), [...options, ...args], { cwd: consumer })

  it('is the version it is said to be', async () => {
    const version = runtimes[name as keyof typeof commands].split('@').at(-1)
    expect(
      await run(join(consumer, 'node_modules/.bin', program), ['--version'], { cwd: consumer }),
    ).toContain(version)
  })

  it.each([
    ['postgres', 'pg', 'PG_URL'],
    ['mysql', 'mysql2', 'MYSQL_URL'],
  ])('dialect-%s serves sessions by %s', async (dialect, client, variable) => {
    expect(await start('server.cjs', dialect, client, process.env[variable] ?? '')).toBe(served)
  })

  it('libSQL serves sessions as an ES module', async () => {
    expect(await start('esm.mjs')).toBe(served)
  })
})
