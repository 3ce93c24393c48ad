import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { byNodeTest, byVitest } from '../conformance/runners.mjs'
import { root } from '../steps/step.mjs'

it('the PGlite example passes the conformance kit and its own tests by node:test', async () => {
  const folder = join(root, 'examples/pglite')
  const { passed, failed } = await byNodeTest(
    folder,
    readdirSync(join(folder, 'test')).map((name) => `test/${name}`),
  )
  expect(failed).toEqual([])
  expect(passed.filter((name) => name.startsWith('PGlite in memory: on the database ')).length).toBeGreaterThan(100)
  expect(passed.filter((name) => !name.startsWith('PGlite in memory: '))).toHaveLength(4)
}, 120_000)

it('the libSQL example passes the conformance kit by vitest', async () => {
  const { passed, failed } = await byVitest(join(root, 'examples/libsql'), [])
  expect(failed).toEqual([])
  expect(passed.filter((name) => name.startsWith('a libSQL file: on the database ')).length).toBeGreaterThan(100)
}, 120_000)
