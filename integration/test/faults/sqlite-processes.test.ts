import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LoadProcess } from './load-process.js'
import { faultless, outcomeOf, tell } from './outcome.js'

// Without a busy timeout every meeting of two writers is an error of the driver's.
describe.each([
  { mode: 'wal', busyTimeout: 0 },
  { mode: 'wal', busyTimeout: 5_000 },
  { mode: 'delete', busyTimeout: 0 },
])('four processes on one SQLite file, with `journal_mode = $mode` and `busy_timeout = $busyTimeout`', ({ mode, busyTimeout }) => {
  it('fail no call and lose nothing, also when a fifth is killed beside them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
    const knex = { client: 'better-sqlite3', connection: { filename: join(folder, 'sessions.sqlite') }, useNullAsDefault: true }
    const pragmas = ['busy_timeout = 5000', `journal_mode = ${mode}`, 'synchronous = normal', `busy_timeout = ${busyTimeout}`]
    const loads = await Promise.all(
      Array.from({ length: 4 }, (_, each) =>
        LoadProcess.start({ knex, pragmas, callers: { name: `process ${each}`, callers: 16, seed: each } }),
      ),
    )
    await Promise.all(loads.map((load) => load.begin()))
    await delay(700)
    await loads.pop()?.kill()
    await delay(800)
    const reports = await Promise.all(loads.map((load) => load.stop()))
    const outcomes = await Promise.all(reports.map((report) => outcomeOf(report, knex)))
    const endings = await Promise.all(loads.map((load) => load.end()))
    tell(`SQLite (${mode}, busy_timeout ${busyTimeout}), one of four processes`, reports[0]!, outcomes[0]!, endings[0])
    expect(outcomes).toEqual(loads.map(() => faultless))
    expect(reports.map(({ errors }) => errors)).toEqual(loads.map(() => ({})))
    expect(endings).toEqual(loads.map(() => ({ code: 0, signal: null, lines: [] })))
    rmSync(folder, { recursive: true })
  })
})
