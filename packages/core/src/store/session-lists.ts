import type { SessionData } from 'express-session'
import { ownError, storeClosed } from '../errors.js'
import { latest } from '../session/expiry.js'
import type { LoadedSessions, ReadingOptions } from '../session/loaded.js'
import { readPayload } from '../session/payload.js'
import { readable } from '../session/promises.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { countSessions, idsOfSessions, inPages, listSessions } from '../table/lists.js'
import type { Dispatcher } from './dispatcher.js'
import type { StoredRows } from './stored-rows.js'

/** A live session with its id. */
export interface SessionEntry<Data extends object = SessionData> {
  readonly sid: string
  /**
   * As `get` returns it. A `set` of it changes its row, and never brings back a session that was
   * ended.
   */
  readonly session: Data
  /** When it ends. */
  readonly expires: Date
}

/** The rows of a page: as many sessions of 5 KB as a batch holds. */
const pageRows = 128

/** What {@link SessionLists} need of the store. */
export interface SessionListsOptions extends ReadingOptions {
  readonly rows: Pick<StoredRows, 'ids' | 'fallsBack'>
}

/** The calls that give many sessions. */
export class SessionLists {
  readonly #calls: Dispatcher
  readonly #gateway: SessionTableGateway
  readonly #loaded: LoadedSessions
  readonly #options: SessionListsOptions

  constructor(
    calls: Dispatcher,
    gateway: SessionTableGateway,
    loaded: LoadedSessions,
    options: SessionListsOptions,
  ) {
    this.#calls = calls
    this.#gateway = gateway
    this.#loaded = loaded
    this.#options = options
  }

  /** Every live session that can be read; rejects where there are some and none can. */
  async all(): Promise<SessionData[]> {
    const { now, serializer } = this.#options
    const { deadline } = this.#calls
    const stored = await this.#calls.run('reads', deadline, (workUntil) =>
      listSessions(this.#gateway, now(), workUntil),
    )
    const sessions = readable(
      stored.map(
        ({ sid, read }) =>
          () =>
            readPayload(read(), serializer, { sid }),
      ),
    )
    return this.#calls.inTime(sessions, 'reads', deadline)
  }

  /** The ids of all live sessions. */
  ids(): Promise<string[]> {
    const { now } = this.#options
    return this.#calls.run('reads', this.#calls.deadline, async (workUntil) => [
      ...(await idsOfSessions(this.#gateway, now(), workUntil)),
    ])
  }

  /** The number of live sessions. */
  count(): Promise<number> {
    const { now } = this.#options
    return this.#calls.run('reads', this.#calls.deadline, (workUntil) =>
      countSessions(this.#gateway, now(), workUntil),
    )
  }

  /**
   * Every live session that can be read, page by page; throws at the end where there are some and
   * none can. Rows that move to their digests meanwhile are not missed: digests come last.
   */
  async *entries(): AsyncGenerator<SessionEntry, void, undefined> {
    const { now, rows } = this.#options
    let unreadable: Error | undefined
    let place = 0
    let isEmpty = true
    const pages = () =>
      inPages((range) => {
        place = this.#loaded.place
        return this.#calls.run('reads', this.#calls.deadline, (workUntil) =>
          listSessions(this.#gateway, now(), workUntil, range),
        )
      }, pageRows)
    try {
      for await (const page of rows.fallsBack ? digestsLast(pages, rows.ids) : pages()) {
        for (const { sid, read } of page) {
          let entry: SessionEntry
          try {
            const stored = read()
            const id = rows.ids.ofFound(sid)
            const loaded = this.#loaded.load(stored, { sid, id, place }, this.#options)
            const session =
              loaded instanceof Promise
                ? await this.#calls.inTime(loaded, 'reads', this.#calls.deadline)
                : loaded
            if (!session) continue
            entry = { sid, session, expires: new Date(Math.min(stored.expired, latest)) }
          } catch (error) {
            unreadable ??= error as Error
            continue
          }
          if (this.#calls.isClosed) throw storeClosed()
          isEmpty = false
          yield entry
        }
      }
      if (isEmpty && unreadable) throw unreadable
    } catch (error) {
      throw ownError(error)
    }
  }
}

/** The rows with plain ids and then, in pages read anew, those with digests. */
async function* digestsLast<Row extends { readonly sid: string }>(
  pages: () => AsyncIterable<readonly Row[]>,
  ids: StoredRows['ids'],
): AsyncGenerator<readonly Row[], void, void> {
  for (const areDigests of [false, true])
    for await (const page of pages())
      yield page.filter(({ sid }) => ids.isStored(sid) === areDigests)
}
