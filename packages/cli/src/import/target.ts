import { SessionStore } from '@knex-session/core/standalone'
import type { Knex } from 'knex'
import type { Database } from '../database.js'
import { namesOf, tableOf, type TableFlags } from '../table-options.js'
import { isOfSession, isSooner, readFrom, tolerant, toStore, type Found } from './found.js'
import { markOf, type Counts, type Journal } from './journal.js'
import { TableRows } from './table-rows.js'

/** Which table, and how it is written. */
export interface TargetFlags extends TableFlags {
  readonly hashIds?: true
  readonly dryRun?: true
}

/** What becomes of a session: it is counted, is over already, or replaces a row. */
type Outcome = keyof Counts | 'over' | 'replace'

/** The rows of a transaction: few, so that a request waits for one of them only shortly. */
const lockedRows = 20

/**
 * Where sessions are copied to, while the application may write there. A row is made only where
 * there is none, and replaced only while it is as it was when the import began. A session that was
 * there then and is gone was ended, and stays so.
 */
export class Target {
  readonly #database: Database
  readonly #flags: TargetFlags
  readonly #journal: Journal
  readonly #rows: TableRows
  readonly #ends = new WeakMap<object, number>()
  readonly #store: SessionStore<object>

  constructor(database: Database, flags: TargetFlags, journal: Journal) {
    const { knex, adapter } = database
    this.#database = database
    this.#flags = flags
    this.#journal = journal
    this.#rows = new TableRows(adapter, tableOf(flags, adapter), flags.hashIds === true)
    this.#store = this.#storeOn(knex)
  }

  /** How many sessions have been counted. */
  get done(): number {
    const { copied, kept, ended, failed } = this.#journal.counts
    return copied + kept + ended + failed
  }

  /** Looks at the rows that are there, before the first session is read from the source. */
  async begin(): Promise<void> {
    await this.#store.ready
    if (this.#journal.hasBegun) return
    let rows = new Map<string, string>()
    try {
      for await (const { sid, session } of this.#store.entries()) {
        rows.set(this.#rows.markOf(sid), contentsOf(session))
        if (rows.size < 500) continue
        this.#journal.found(rows)
        rows = new Map()
      }
    } catch (error) {
      // There are some, and none can be read: each is kept.
      if (!isOfSession(error)) throw error
    }
    this.#journal.found(rows)
    this.#journal.begin()
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  async write(page: readonly Found[]): Promise<void> {
    const counted: string[] = []
    const replacing: Found[] = []
    const count = (sid: string, outcome: Outcome) => {
      if (outcome !== 'over' && outcome !== 'replace') this.#journal.counts[outcome]++
      counted.push(markOf(sid))
    }
    const work = page
      .filter(({ sid }) => this.#journal.take(markOf(sid)))
      .map(async (found) => {
        const outcome = await this.#outcomeOf(found)
        if (outcome !== 'replace') count(found.sid, outcome)
        else if (this.#flags.dryRun) count(found.sid, 'copied')
        else replacing.push(found)
      })
    try {
      for (const each of await Promise.allSettled(work))
        if (each.status === 'rejected') throw each.reason
      // In the order in which stores lock rows.
      replacing.sort((one, other) =>
        this.#rows.idOf(one.sid) < this.#rows.idOf(other.sid) ? -1 : 1,
      )
      while (replacing.length > 0)
        for (const [sid, outcome] of await this.#replace(replacing.splice(0, lockedRows)))
          count(sid, outcome)
    } finally {
      this.#journal.done(counted)
    }
  }

  async #outcomeOf(found: Found): Promise<Outcome> {
    if (!found.session) return 'failed'
    if (found.ends <= Date.now()) return 'over'
    const there = await readFrom(this.#store, found.sid)
    if (there) return this.#isAsItWas(found, there) && isSooner(there, found) ? 'replace' : 'kept'
    const wasThere = this.#journal.known.has(markOf(found.sid))
    // One whose row has expired was not ended.
    if (wasThere && !(await this.#rows.has(this.#database.knex, found.sid))) return 'ended'
    return this.#flags.dryRun ? 'copied' : this.#insert(found)
  }

  async #insert(found: Found): Promise<Outcome> {
    const session = this.#toStore(found)
    // As express-session marks the session of a request: the store makes a row for a new one of
    // these, and refuses to write over another.
    Object.defineProperty(session, 'req', { value: null, enumerable: false })
    try {
      await this.#store.set(found.sid, session)
      return 'copied'
    } catch (error) {
      if (!isOfSession(error)) throw error
      return (await readFrom(this.#store, found.sid)) ? 'kept' : 'failed'
    }
  }

  /** Writes over rows; resolves to what became of each id. `left`: races that it may lose. */
  async #replace(found: readonly Found[], left = 4): Promise<ReadonlyMap<string, Outcome>> {
    try {
      return await this.#database.knex.transaction((transaction) =>
        this.#replaceIn(transaction, found),
      )
    } catch (error) {
      if (left === 0 || !this.#lostRace(error)) throw error
      return this.#replace(found, left - 1)
    }
  }

  async #replaceIn(
    transaction: Knex.Transaction,
    found: readonly Found[],
  ): Promise<ReadonlyMap<string, Outcome>> {
    // Before anything is read: what was read first would be as it was then, on some databases.
    for (const { sid } of found) await this.#rows.lock(transaction, sid)
    const store = this.#storeOn(transaction)
    const outcomes = new Map<string, Outcome>()
    try {
      for (const each of found) {
        const there = await readFrom(store, each.sid)
        // One whose row has expired meanwhile was not ended.
        const isFree = there
          ? this.#isAsItWas(each, there)
          : await this.#rows.has(transaction, each.sid)
        if (isFree) await store.set(each.sid, this.#toStore(each))
        outcomes.set(each.sid, isFree ? 'copied' : there ? 'kept' : 'ended')
      }
    } finally {
      await store.close()
    }
    return outcomes
  }

  /** Whether the row is as it was when the import began. */
  #isAsItWas({ sid }: Found, there: object): boolean {
    return this.#journal.known.get(markOf(sid)) === contentsOf(there)
  }

  #toStore(found: Found): object {
    const session = toStore(found)
    this.#ends.set(session, found.ends)
    return session
  }

  #lostRace(error: unknown): boolean {
    const { kind = this.#database.adapter.classify(error) } = error as { readonly kind?: string }
    return kind === 'retryable' || kind === 'locked'
  }

  #storeOn(knex: Knex): SessionStore<object> {
    return new SessionStore<object>({
      ...namesOf(this.#flags),
      knex,
      dialect: this.#database.adapter,
      createTable: false,
      cleanupInterval: 0,
      hashIds: this.#flags.hashIds === true,
      serializer: tolerant,
      // For sessions that end with the browser, whose cookies have no end.
      ttl: (session) => Math.max((this.#ends.get(session) ?? Date.now()) - Date.now(), 0),
    })
  }
}

function contentsOf(session: object): string {
  return markOf(JSON.stringify(session))
}
