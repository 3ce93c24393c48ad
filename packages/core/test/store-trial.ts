import { toEpochMs, type EpochMs } from '../src/dialect/index.js'
import type { SessionStoreError } from '../src/errors.js'
import { Ticker } from '../src/time.js'
import { Dispatcher } from '../src/store/dispatcher.js'
import { sidOf, type SessionWrite } from '../src/session/writes.js'
import { CallHistory, type Called } from './call-history.js'
import { FakeTable, poison } from './fake-table.js'
import { SentWatch } from './sent-watch.js'
import { turn } from './standing-clock.js'
import { sids, type Step, type World } from './trial-steps.js'

const now = toEpochMs(1_000_000)

/**
 * How often the clock moves on, in ms, and how late a caller may be told: by as much as a time
 * limit is exact, and by that.
 */
const tick = 10

/** A store on a fake table, its callers, and everything that should not have happened. */
export class StoreTrial {
  readonly wrong: string[] = []
  readonly #history = new CallHistory(now)
  readonly #world: World
  readonly #table: FakeTable
  readonly #calls: Dispatcher
  readonly #repeats: boolean
  readonly #joined: boolean
  #open = 0
  #made = 0

  constructor(world: World, joined: boolean) {
    const { timeout, lanes, most, seesLocks, fates } = world
    this.#world = world
    this.#joined = joined
    const watch = new SentWatch(this.#history.calls, this.wrong)
    this.#table = new FakeTable((sent, end) => watch.sent(sent, end), {
      seesLocks,
      limits: { rows: most, sids: most },
    })
    this.#table.fates = [...fates]
    this.#repeats = fates.some(
      ({ fails, changes = 'none' }) => fails !== undefined && changes !== 'none',
    )
    const options = {
      now: () => now,
      createTable: true,
      timeout,
      maxQueue: 1_000,
      onOutage: () => undefined,
    }
    this.#calls = new Dispatcher(
      this.#table.gateway,
      { joined, lanes, size: joined ? 100 : 1 },
      options,
      new Ticker(timeout),
    )
  }

  async run(): Promise<void> {
    for (const each of this.#world.steps) {
      if (each.kind === 'pause') await this.#pass(each.ms)
      else this.#take(each)
    }
    // Each of the statements takes half a second at most, and comes half a second after the one
    // before at the latest.
    for (let passed = 0; this.#open > 0 && passed < 15_000; passed += tick) await this.#pass(tick)
    if (this.#open > 0) this.wrong.push(`${String(this.#open)} calls have no end`)
    const store = { closed: false }
    void this.#calls.close(Promise.resolve()).then(() => (store.closed = true))
    for (let passed = 0; !store.closed && passed < 5_000; passed += tick) await this.#pass(tick)
    if (!store.closed) this.wrong.push('the store does not close')
    const { moment } = this.#history
    for (const key of sids) {
      const row = this.#table.rows.get(key)
      this.#expect(
        `${key} is stored as`,
        row && { sess: row.sess, expired: row.expired },
        this.#history.possible(key, moment, this.#repeats),
      )
    }
  }

  #take(each: Exclude<Step, { kind: 'pause' }>): void {
    // Each set and each touch can be told by what it writes.
    const made = ++this.#made
    const expiry = (lasting: boolean): EpochMs => toEpochMs(lasting ? now + made : now - made)
    switch (each.kind) {
      case 'get':
        this.#read(each.sid)
        return
      case 'lock':
        this.#table.locks.set(each.sid, { until: performance.now() + each.ms, seen: each.seen })
        return
      case 'clear': {
        const called = this.#called(each)
        this.#calls.clear().then(
          () => this.#answered(called, null),
          (error: unknown) => this.#answered(called, error),
        )
        return
      }
      case 'set':
      case 'insert':
      case 'update': {
        const { kind, sid, refused, lasts } = each
        const sess = `${refused ? poison : 'sess'} ${String(made)}`
        this.#write({ kind, row: { sid, sess, expired: expiry(lasts) } })
        return
      }
      case 'touch':
        this.#write({ kind: 'touch', row: { sid: each.sid, expired: expiry(each.lasts) }, at: now })
        return
      case 'destroy':
        this.#write({ kind: 'destroy', sid: each.sid })
    }
  }

  #write(write: SessionWrite): void {
    const called = this.#called(write)
    this.#calls.write(write, this.#calls.deadline, (error, removed) =>
      this.#answered(called, error, removed),
    )
  }

  #called(call: Called['call']): Called {
    this.#open++
    return this.#history.add(call, performance.now())
  }

  #answered(called: Called, error: unknown, removed?: number): void {
    if (called.heard !== 'nothing') this.wrong.push('a caller is told twice')
    this.#open--
    called.heard = error === null ? 'done' : 'failed'
    if (removed !== undefined) called.removed = removed
    this.#inTime(called.at)
    if ((error as Partial<SessionStoreError> | null)?.kind === 'locked')
      this.#lockedIsLate(called.at)
    if ((error as Error | null)?.message.includes('poisoned') && !this.#mayBePoisoned(called))
      this.wrong.push(`a ${called.call.kind} fails for what is wrong with another`)
  }

  /**
   * A write that waits shares the fate of those of its kind and session that come after it, before
   * any other call.
   */
  #mayBePoisoned(called: Called): boolean {
    const { calls } = this.#history
    for (const { call } of calls.slice(calls.indexOf(called))) {
      if (call.kind === 'clear') return false
      if (sidOf(call) !== sidOf(called.call as SessionWrite)) continue
      if (call.kind !== called.call.kind || !('row' in call && 'sess' in call.row)) return false
      if (call.row.sess.startsWith(poison)) return true
      if (!this.#joined) return false
    }
    return false
  }

  #read(key: string): void {
    const started = performance.now()
    const { moment } = this.#history
    let isAnswered = false
    this.#open++
    this.#calls.read(key, this.#calls.deadline, (error, session) => {
      if (isAnswered) this.wrong.push('a reader is told twice')
      isAnswered = true
      this.#open--
      this.#inTime(started)
      if (error !== null) return
      const possible = this.#history
        .possible(key, moment, this.#repeats)
        .map((row) => this.#history.visible(row))
      this.#expect(`${key} is read as`, session, possible)
    })
  }

  #inTime(since: number): void {
    const { timeout } = this.#world
    const late = performance.now() - since - timeout
    if (timeout > 0 && late > timeout / 20 + tick)
      this.wrong.push(`a caller is told ${String(late)} ms late`)
  }

  /** A lock is waited for as long as the caller's time allows. */
  #lockedIsLate(since: number): void {
    const { timeout } = this.#world
    const passed = performance.now() - since
    if (timeout === 0 || passed < timeout / 2)
      this.wrong.push(`a caller is told of a lock after ${String(passed)} ms`)
  }

  #expect(what: string, value: unknown, possible: readonly unknown[]): void {
    const texts = possible.map((each) => JSON.stringify(each))
    if (!texts.includes(JSON.stringify(value)))
      this.wrong.push(`${what} ${JSON.stringify(value)}, not ${texts.join(' or ')}`)
  }

  async #pass(time: number): Promise<void> {
    await turn()
    for (let passed = 0; passed < time; passed += tick) {
      jest.advanceTimersByTime(tick)
      await turn()
    }
  }
}
