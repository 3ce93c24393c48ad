import { join } from 'node:path'
import { byVitest } from '../conformance/runners.mjs'
import { root } from '../steps/step.mjs'

// The PGlite example, which takes longer: tests/extended/adapters-from-tarballs.test.ts.
it('the libSQL example passes the conformance kit by vitest', async () => {
  const { passed, failed } = await byVitest(join(root, 'examples/libsql'), [])
  expect(failed).toEqual([])
  expect(
    passed.filter((name) => name.startsWith('a libSQL file: on the database ')).length,
  ).toBeGreaterThan(100)
}, 120_000)
