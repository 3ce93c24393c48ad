import type { SessionData } from 'express-session'
import { toEpochMs } from '../src/dialect/index.js'
import { LoadedSessions } from '../src/session/loaded.js'
import { json } from '../src/session/payload.js'
import { StoredIds } from '../src/session/stored-id.js'
import type { RowWrite } from '../src/session/writes.js'
import { SessionCalls } from '../src/store/session-calls.js'
import type { StoredRows } from '../src/store/stored-rows.js'

const start = toEpochMs(1_000_000)
const hour = 3_600_000
const stored = {
  sess: JSON.stringify({ cookie: { originalMaxAge: 5 * hour } }),
  expired: toEpochMs(start + 5 * hour),
}

/** The calls of a store on a row that does not say when it was created, and what they write. */
function callsOnRow() {
  const clock = { now: start }
  const written: RowWrite['row'][] = []
  const rows: Pick<StoredRows, 'ids' | 'read' | 'write'> = {
    ids: new StoredIds(false),
    read: (_sid, _deadline, done) => {
      done(null, stored)
    },
    write: ({ row }, _how, done) => {
      written.push(row)
      done(null, 1)
    },
  }
  const queues = { deadline: Infinity } as never
  const calls = new SessionCalls(queues, rows as StoredRows, new LoadedSessions(), {
    serializer: json,
    ttl: hour,
    absoluteTtl: 2 * hour,
    touchInterval: 0,
    userId: undefined,
    onConflict: 'overwrite',
    timed: false,
    now: () => clock.now,
    onLateWrite: () => undefined,
    onLogIn: undefined,
  })
  return { calls, clock, written }
}

it.each(['set', 'touch'] as const)(
  'a session whose row does not say when it was created counts from its first %s on, however often it is written',
  (kind) => {
    const { calls, clock, written } = callsOnRow()
    let session: SessionData | null | undefined
    calls.get('a', (_, found) => (session = found))
    expect(calls.createdAt(session as SessionData)).toBeUndefined()
    for (const ms of [0, hour, 1.5 * hour]) {
      clock.now = toEpochMs(start + ms)
      calls[kind]('a', session as SessionData, () => undefined)
    }
    expect(written).toHaveLength(3)
    for (const row of written)
      expect(row).toMatchObject({ createdAt: start, expired: start + 2 * hour })
  },
)
