import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeGuide } from '../../scripts/conformance/guide.mjs'
import { copyInstalled, installPacked } from '../../scripts/conformance/packed.mjs'
import { byJest, byNodeTest, byVitest } from '../../scripts/conformance/runners.mjs'
import { start as startFirebird } from '../../scripts/servers/firebird.mjs'
import { root } from '../../scripts/steps/step.mjs'

/** A dependency in the version that the workspace has. */
function pinned(name: string): string {
  const catalog = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const version = catalog
    .split('\n')
    .find((line) => line.trim().replaceAll("'", '').startsWith(`${name}: `))
  if (version === undefined) throw new Error(`${name} is not in the catalog of pnpm-workspace.yaml`)
  return `${name}@${version
    .trim()
    .replaceAll("'", '')
    .slice(name.length + 2)}`
}

const needed = [
  'knex',
  'express-session',
  'express',
  '@electric-sql/pglite',
  'libsql',
  'node-firebird',
  'vitest',
  'jest',
]
let folder = ''

beforeAll(async () => {
  folder = await installPacked(needed.map(pinned))
  for (const example of ['pglite', 'libsql', 'firebird']) {
    for (const part of ['package.json', 'src', 'test']) {
      cpSync(join(root, 'examples', example, part), join(folder, example, part), {
        recursive: true,
      })
    }
  }
  copyInstalled(folder, 'better-sqlite3', join(root, 'packages/dialect-sqlite'))
  writeGuide(folder)
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('the PGlite example passes the conformance kit with the packed packages', async () => {
  const tests = readdirSync(join(folder, 'pglite/test')).map((name) => `test/${name}`)
  const { passed, failed } = await byNodeTest(join(folder, 'pglite'), tests)
  expect(failed).toEqual([])
  expect(
    passed.filter((name) => name.startsWith('PGlite in memory: on the database ')).length,
  ).toBeGreaterThan(100)
  expect(passed.filter((name) => !name.startsWith('PGlite in memory: '))).toHaveLength(4)
}, 320_000)

it('the libSQL example passes the conformance kit with the packed packages', async () => {
  const { passed, failed } = await byVitest(join(folder, 'libsql'), [])
  expect(failed).toEqual([])
  expect(passed.length).toBeGreaterThan(120)
}, 320_000)

it('the Firebird example passes the conformance kit with the packed packages, on a private server', async () => {
  const server = await startFirebird({ durable: false })
  try {
    const tests = ['test/client.test.mjs', 'test/conformance.test.mjs']
    const { passed, failed } = await byNodeTest(join(folder, 'firebird'), tests, {
      FIREBIRD_URL: server.url,
    })
    expect(failed).toEqual([])
    expect(passed.length).toBeGreaterThan(200)
  } finally {
    await server.stop()
  }
}, 320_000)

it('the adapter of the guide passes the conformance kit with the packed packages by three runners, which report the same laws', async () => {
  const reports = {
    'node:test': await byNodeTest(folder, ['conformance.node.test.mjs']),
    vitest: await byVitest(folder, ['conformance.vitest']),
    jest: await byJest(folder, '**/*.jest.test.mjs'),
  }
  for (const [runner, { passed, failed }] of Object.entries(reports)) {
    expect({ runner, failed }).toEqual({ runner, failed: [] })
    expect(passed).toEqual(reports.jest.passed)
    expect(passed.length).toBeGreaterThan(120)
  }
}, 320_000)
