import type { SessionData } from 'express-session'
import { ownError, storeClosed } from '../errors.js'
import { latest } from '../session/expiry.js'
import type { LoadedSessions, ReadingOptions } from '../session/loaded.js'
import { readPayload } from '../session/payload.js'
import { andThen, readable, type Eventual } from '../session/promises.js'
import type { SessionTableGateway } from '../table/gateway.js'
import {
  countSessions,
  idsOfSessions,
  inPages,
  listSessions,
  type ListedSession,
  type PageRange,
} from '../table/lists.js'
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

/** A row of a page. */
interface PageRow extends ListedSession {
  /** See {@link LoadedSessions.generation}. */
  readonly generation: number
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
    const { serializer } = this.#options
    const { deadline } = this.#calls
    const stored = await this.#list(deadline)
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
    return this.#calls.readMany(this.#calls.deadline, async (now, workUntil) => [
      ...(await idsOfSessions(this.#gateway, now, workUntil)),
    ])
  }

  /** The number of live sessions. */
  count(): Promise<number> {
    return this.#calls.readMany(this.#calls.deadline, (now, workUntil) =>
      countSessions(this.#gateway, now, workUntil),
    )
  }

  /**
   * Every live session that can be read, page by page; throws at the end where there are some and
   * none can. Rows that move to their digests meanwhile are not missed: digests come last.
   */
  async *entries(): AsyncGenerator<SessionEntry, void, undefined> {
    const { rows } = this.#options
    let unreadable: Error | undefined
    let isEmpty = true
    const pages = () => inPages((range) => this.#page(range), pageRows)
    try {
      for await (const page of rows.fallsBack ? digestsLast(pages, rows.ids) : pages()) {
        for (const row of page) {
          let entry: SessionEntry | null
          try {
            const read = this.#entry(row)
            entry = read instanceof Promise ? await read : read
          } catch (error) {
            unreadable ??= error as Error
            continue
          }
          if (!entry) continue
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

  #list(deadline: number, range?: PageRange): Promise<readonly ListedSession[]> {
    return this.#calls.readMany(deadline, (now, workUntil) =>
      listSessions(this.#gateway, now, workUntil, range),
    )
  }

  async #page(range: PageRange): Promise<readonly PageRow[]> {
    const { generation } = this.#loaded
    const page = await this.#list(this.#calls.deadline, range)
    return page.map((row) => ({ ...row, generation }))
  }

  /** What is handed out of a row; `null` where the life of its session is over. */
  #entry({ sid, read, generation }: PageRow): Eventual<SessionEntry | null> {
    const id = this.#options.rows.ids.ofFound(sid)
    const stored = read()
    const session = this.#loaded.load(stored, { sid, id, generation }, this.#options)
    const expires = new Date(Math.min(stored.expired, latest))
    return andThen(
      session instanceof Promise
        ? this.#calls.inTime(session, 'reads', this.#calls.deadline)
        : session,
      (found) => found && { sid, session: found, expires },
    )
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
