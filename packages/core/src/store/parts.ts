import type { Knex } from 'knex'
import { toEpochMs, type DialectAdapter } from '../dialect/index.js'
import type { QueueStats } from '../coalescer/coalescer.js'
import { isLasting, withNote, type SessionStoreError } from '../errors.js'
import { LoadedSessions } from '../session/loaded.js'
import { msBy } from '../session/promises.js'
import { inOrder, type EndedSession } from '../session/user.js'
import { SessionTableGateway } from '../table/gateway.js'
import { deleteExpired, pruneSteps, type RunStep } from '../table/prune/expired-rows.js'
import { Pruner } from '../table/prune/prune.js'
import { Ticker } from '../time.js'
import { answer, inContext, watchedCall, type Callback, type Start } from './callback.js'
import { Dispatcher } from './dispatcher.js'
import { lanesFor } from './options/lanes.js'
import { openDatabase } from './options/open-database.js'
import type { ResolvedOptions } from './options/options.js'
import { tableOf } from './options/table.js'
import { SessionCalls } from './session-calls.js'
import { SessionLists } from './session-lists.js'
import { StoredRows } from './stored-rows.js'
import { UserSessions } from './sessions-of.js'

/** What a store says of itself by events. */
export interface StoreEvents {
  readonly onEnded: (ended: EndedSession) => void
  readonly onLateWrite: () => void
}

/** What a store is doing now, and has done since it was made. */
export interface StoreStats {
  /** The queue of `get`. */
  readonly reads: QueueStats
  /** The queue that `set`, `touch` and `destroy` share. */
  readonly writes: QueueStats
  /** Writes that came for a session that was ended after it was loaded. */
  readonly lateWrites: number
}

/** What a store is made of. */
export class StoreParts {
  readonly knex: Knex
  readonly dialect: DialectAdapter
  readonly calls: Dispatcher
  readonly sessions: SessionCalls
  readonly lists: SessionLists
  readonly users: UserSessions
  readonly pruner: Pruner
  readonly #gateway: SessionTableGateway
  readonly #ownsKnex: boolean

  constructor(options: ResolvedOptions, events: StoreEvents) {
    const { batch, clock, maxSessionsPerUser: most, onOutage, timeout } = options
    const { knex, dialect, owned } = openDatabase(options)
    const table = tableOf(options, dialect)
    const { createdAt, lastSeenAt } = options.columns
    this.knex = knex
    this.dialect = dialect
    this.#ownsKnex = owned
    const ticker = new Ticker(timeout)
    const gateway = new SessionTableGateway(knex, dialect, table, options, ticker)
    this.#gateway = gateway
    const now = () => toEpochMs(msBy('clock', clock, undefined))
    // What runs for several calls runs in the async context of none of them.
    const common = {
      ...options,
      ...events,
      timed: (options.userId ?? createdAt ?? lastSeenAt) !== undefined,
      now: inContext(now),
      onOutage: inContext(onOutage),
    }
    const calls = new Dispatcher(gateway, lanesFor(gateway, batch), common, ticker)
    this.calls = calls
    const rows = new StoredRows(calls, gateway, common)
    this.users = new UserSessions(calls, gateway, rows, common)
    const limits = {
      onLogIn: most === undefined ? undefined : this.users.limit.bind(this.users, most),
      madeAt: most === undefined ? undefined : inOrder(),
    }
    const loaded = new LoadedSessions()
    this.sessions = new SessionCalls(calls, rows, loaded, { ...common, ...limits })
    this.lists = new SessionLists(calls, gateway, loaded, { ...common, rows })
    const run: RunStep = (work, step) =>
      calls.runStep(work, calls.deadline, step, !this.pruner.asked)
    this.pruner = new Pruner(
      (limit) => deleteExpired(pruneSteps(gateway, run, limit), now()),
      traffic(calls),
    )
  }

  /**
   * Starts the timer of prunes, and looks for the table. Where the store cannot work on it, one line
   * on the console says so unless the application `hears` of it. An outage is reported by
   * `onOutage`, and may be over soon.
   */
  async start(
    { cleanupInterval, onCleanupError }: ResolvedOptions,
    hears: () => boolean,
  ): Promise<void> {
    this.pruner.start(cleanupInterval, onCleanupError)
    try {
      await this.calls.ready(true)
    } catch (error) {
      if (hears() || !isLasting(error as SessionStoreError)) return
      console.error(
        withNote(
          error as SessionStoreError,
          'the store fails until that is mended; `await store.ready` gives the application this error',
        ),
      )
    }
  }

  /** Answers a call of the store, which is published where somebody listens. */
  call<Result>(
    operation: string,
    callback: Callback<Result> | undefined,
    start: Start<Result>,
  ): Promise<Result> | undefined {
    return answer(callback, watchedCall(operation, this.dialect.name, start))
  }

  /** Lets every call that was made end, and closes the database if the store opened it. */
  async close(): Promise<void> {
    await this.calls.close(this.pruner.stop())
    // An application that closes its own pool next waits for all of its connections.
    this.#gateway.rest()
    if (this.#ownsKnex) await this.knex.destroy()
  }
}

/** Says whether a call is under way, or has come since it was last asked. */
function traffic(calls: Dispatcher): () => boolean {
  let seen = 0
  return () => {
    const { reads, writes } = calls.stats
    const before = seen
    seen = reads.calls + writes.calls
    return seen > before || [reads, writes].some(({ inFlight, waiting }) => inFlight + waiting > 0)
  }
}
