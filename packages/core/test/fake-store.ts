import { toEpochMs } from '../src/dialect/index.js'
import type { Outage } from '../src/delivery/delivery.js'
import { Dispatcher } from '../src/store/dispatcher.js'
import type { SessionWrite } from '../src/session/writes.js'
import { Ticker } from '../src/time.js'
import { FakeTable, type Sent } from './fake-table.js'

const now = toEpochMs(1_000_000)
/** When the sessions of these writes end. */
export const later = toEpochMs(2_000_000)

export const set = (sid: string, sess = 'sess') => ({
  kind: 'set' as const,
  row: { sid, sess, expired: later },
})
export const touch = (sid: string, expired = later): SessionWrite => ({
  kind: 'touch',
  row: { sid, expired },
  at: now,
})
export const destroy = (sid: string): SessionWrite => ({ kind: 'destroy', sid })

function named(sent: Sent): string {
  if (sent.kind === 'look') return ['look', sent.purpose, ...sent.sids].join(' ')
  if ('sids' in sent) return [sent.kind, ...sent.sids].join(' ')
  if ('rows' in sent) return [sent.kind, ...sent.rows.map(({ sid }) => sid)].join(' ')
  return sent.kind
}

/** The calls of a store on a fake table, and all that was heard of them so far. */
export function storeWith({
  joined = true,
  lanes = 1,
  timeout = 2_000,
  seesLocks = false,
  limits = { rows: 100, sids: 100 },
  reported = [] as Outage[],
} = {}) {
  const sent: string[] = []
  const table = new FakeTable((statement) => sent.push(named(statement)), { seesLocks, limits })
  const options = {
    now: () => now,
    createTable: true,
    timeout,
    maxQueue: 100,
    onOutage: (outage: Outage) => reported.push(outage),
  }
  const calls = new Dispatcher(
    table.gateway,
    { joined, lanes, size: joined ? 100 : 1 },
    options,
    new Ticker(timeout),
  )
  const listen = () => {
    const heard: unknown[] = []
    const done = (error: unknown, result?: unknown) =>
      heard.push(error === null ? result : (error as { kind?: string }).kind)
    return { heard, done }
  }
  const read = (sid: string) => {
    const { heard, done } = listen()
    calls.read(sid, calls.deadline, done)
    return heard
  }
  const write = (call: SessionWrite) => {
    const { heard, done } = listen()
    calls.write(call, calls.deadline, done)
    return heard
  }
  return { calls, table, sent, read, write }
}
