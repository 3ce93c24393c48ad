import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

it('the example of OpenTelemetry makes a span of each call, and measures batches and statements', async () => {
  const main = new URL('../../examples/opentelemetry/src/main.mjs', import.meta.url)
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main.pathname])
  expect(stderr).toBe('')
  expect(stdout).toContain('20 spans, the first: session set\n')
  expect(stdout).toContain('session.call.duration of get, ok: 10 recorded\n')
  expect(stdout).toContain('session.batch.size of read, all: 1 recorded\n')
  expect(stdout).toContain('session.batch.retries of set, all: 0\n')
  expect(stdout).toContain('session.statement.duration of reading sessions, ok: 1 recorded\n')
})
