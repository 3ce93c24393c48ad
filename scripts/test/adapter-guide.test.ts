import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linkPackages, writeGuide } from '../conformance/guide.mjs'
import { byJest, byNodeTest, byVitest } from '../conformance/runners.mjs'
import { root } from '../steps/step.mjs'

// Built packages, as a reader has them, and the very files of the guide.
const folder = mkdtempSync(join(tmpdir(), 'knex-session-guide-'))
const inTestkit = (name: string) => join(root, 'packages/dialect-testkit/node_modules', name)

beforeAll(() => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "my-dialect", "type": "commonjs" }')
  writeGuide(folder)
  linkPackages(folder, {
    '@knex-session/core': join(root, 'packages/core'),
    '@knex-session/dialect-testkit': join(root, 'packages/dialect-testkit'),
    'better-sqlite3': inTestkit('better-sqlite3'),
    'express-session': inTestkit('express-session'),
    jest: join(root, 'node_modules/jest'),
    knex: inTestkit('knex'),
    vitest: join(root, 'node_modules/vitest'),
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

it('the adapter of the guide passes the conformance kit by node:test, vitest and jest, which report the same laws', async () => {
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
}, 120_000)
