import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linkPackages, writeGuide } from '../conformance/guide.mjs'
import { byNodeTest } from '../conformance/runners.mjs'
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
    knex: inTestkit('knex'),
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

// The other runners, and that all report the same laws:
// tests/extended/adapters-from-tarballs.test.ts.
it('the adapter of the guide passes the conformance kit by node:test', async () => {
  const { passed, failed } = await byNodeTest(folder, ['conformance.node.test.mjs'])
  expect(failed).toEqual([])
  expect(passed.length).toBeGreaterThan(120)
}, 120_000)
