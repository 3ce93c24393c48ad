import { join } from 'node:path'
import { byNodeTest, byVitest } from '../conformance/runners.mjs'
import { record } from '../jest/facts.mjs'
import { start, version } from '../servers/firebird.mjs'
import { root } from '../steps/step.mjs'

// The PGlite example, which takes longer: tests/extended/adapters-from-tarballs.test.ts.
it('the libSQL example passes the conformance kit by vitest', async () => {
  const { passed, failed } = await byVitest(join(root, 'examples/libsql'), [])
  expect(failed).toEqual([])
  expect(
    passed.filter((name) => name.startsWith('a libSQL file: on the database ')).length,
  ).toBeGreaterThan(100)
}, 120_000)

// With all of its rounds it takes longer, too: tests/extended/adapters-from-tarballs.test.ts.
it('the Firebird example passes the conformance kit by node:test on a private server', async () => {
  const server = await start({ durable: false })
  try {
    const { passed, failed } = await byNodeTest(
      join(root, 'examples/firebird'),
      ['test/client.test.mjs', 'test/conformance.test.mjs'],
      { FIREBIRD_URL: server.url, KNEX_SESSION_ROUNDS: '0.02' },
    )
    const tests = `${String(passed.length)} passed, ${String(failed.length)} failed in examples/firebird`
    record({ database: 'Firebird', server: version(), origin: 'private', tests })
    expect(failed).toEqual([])
    expect(passed.filter((name) => name.includes(': on the database ')).length).toBeGreaterThan(100)
    expect(passed.filter((name) => !name.startsWith('Firebird ('))).toHaveLength(5)
  } finally {
    await server.stop()
  }
}, 240_000)
