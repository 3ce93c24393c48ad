import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { concludeAll } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'

// Without a busy timeout every meeting of two writers is an error of the driver's.
describe.each([
  { mode: 'wal', busyTimeout: 0 },
  { mode: 'wal', busyTimeout: 5_000 },
  { mode: 'delete', busyTimeout: 0 },
])(
  'four processes on one SQLite file, with `journal_mode = $mode` and `busy_timeout = $busyTimeout`',
  ({ mode, busyTimeout }) => {
    it('fail no call and lose nothing, also when a fifth is killed beside them', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
      const knex = {
        client: 'better-sqlite3',
        connection: { filename: join(folder, 'sessions.sqlite') },
        useNullAsDefault: true,
      }
      const statements = [
        'busy_timeout = 5000',
        `journal_mode = ${mode}`,
        'synchronous = normal',
        `busy_timeout = ${busyTimeout}`,
      ].map((pragma) => `pragma ${pragma}`)
      const loads = await Promise.all(
        Array.from({ length: 4 }, (_, each) =>
          LoadProcess.start({
            knex,
            statements,
            callers: { name: `process ${each}`, callers: 16, seed: each },
          }),
        ),
      )
      await Promise.all(loads.map((load) => load.begin()))
      await delay(700)
      await loads.pop()?.kill()
      await delay(800)
      const what = `SQLite (${mode}, busy_timeout ${busyTimeout}), three processes beside one that was killed`
      const conclusions = await concludeAll(what, loads, { knex })
      expect(conclusions.map(({ report }) => report.errors)).toEqual(loads.map(() => ({})))
      expect(conclusions.map(({ ending }) => ending.lines)).toEqual(loads.map(() => []))
      rmSync(folder, { recursive: true })
    })
  },
)
