import type { EpochMs } from '../dialect/index.js'
import { SessionStoreError } from '../errors.js'
import { isUnanswered } from '../session/loaded.js'
import type { StoredSession } from '../session/payload.js'
import { StoredIds } from '../session/stored-id.js'
import type { RowWrite, SessionWrite } from '../session/writes.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { renameSession } from '../table/updates.js'
import { promised, type Callback } from './callback.js'
import type { Dispatcher } from './dispatcher.js'

/** What {@link StoredRows} need of the store. */
export interface StoredRowsOptions {
  readonly hashIds: boolean | { readonly fallback?: boolean }
  readonly now: () => EpochMs
}

/** How a row is written. */
export interface HowToWrite {
  /** The write as it is to be sent, where that is not known yet; it keeps its place. */
  readonly ready?: Promise<RowWrite> | undefined
  /** The id of the session, where its row may still be under that. */
  readonly plainSid: string | undefined
  readonly deadline: number
}

/**
 * The rows of sessions, by the ids that the table has. Where those are digests, rows from before
 * may be under the plain id. Such a row is moved when it is asked for, once and in one direction
 * only, so whoever looks at the plain id first and then at the digest misses none, whatever other
 * requests and processes move meanwhile.
 */
export class StoredRows {
  readonly ids: StoredIds
  /** Whether rows may be under plain ids, from which they move while others look. */
  readonly fallsBack: boolean
  readonly #calls: Dispatcher
  readonly #gateway: SessionTableGateway
  readonly #now: () => EpochMs
  readonly #moves = new Map<string, Promise<void>>()

  constructor(
    calls: Dispatcher,
    gateway: SessionTableGateway,
    { hashIds, now }: StoredRowsOptions,
  ) {
    this.ids = new StoredIds(hashIds !== false)
    this.#calls = calls
    this.#gateway = gateway
    this.#now = now
    this.fallsBack = hashIds === true || (hashIds !== false && hashIds.fallback !== false)
  }

  /** Reads the row of a session; a plain one is asked for only where there is none. */
  read(sid: string, deadline: number, done: Callback<StoredSession | undefined>): void {
    const id = this.ids.of(sid)
    this.#calls.read(id, deadline, (error, stored) => {
      if (error !== null || stored || !this.fallsBack) done(error, stored)
      else
        this.#calls
          .inTime(this.#find(sid, id, deadline), 'reads', deadline)
          .then((found) => done(null, found), done)
    })
  }

  /** Writes the row of a session. */
  write(write: RowWrite, { ready, plainSid, deadline }: HowToWrite, done: Callback<number>): void {
    const id = write.row.sid
    const mayMove = plainSid !== undefined && this.fallsBack && !this.#calls.isClosed
    const moved = mayMove ? this.#moved(plainSid, id, deadline) : undefined
    if (!ready && !moved) this.#calls.write(write, deadline, done)
    else {
      const complete = Promise.all([ready ?? write, moved]).then(([sent]) => sent)
      this.#calls.writeWhenReady(id, complete, deadline, done)
    }
  }

  /**
   * Removes sessions; `done` hears how many when all calls have ended, or what failed first, and
   * `onRemoved` of each that was there. `areFound`: whether they were found in the table.
   */
  destroy(
    sids: readonly string[],
    { areFound, deadline }: { readonly areFound: boolean; readonly deadline: number },
    done: Callback<number>,
    onRemoved?: (sid: string) => void,
  ): void {
    let left = sids.length
    let removed = 0
    let failure: unknown = null
    if (left === 0) done(null, 0)
    for (const sid of sids)
      this.#destroy(sid, areFound || this.fallsBack, deadline, (error, count = 0) => {
        removed += count
        failure ??= error
        if (count > 0) onRemoved?.(sid)
        if (--left > 0) return
        if (failure === null) done(null, removed)
        else done(failure)
      })
  }

  /** `mayBePlain`: whether the row may be under the plain id. */
  #destroy(sid: string, mayBePlain: boolean, deadline: number, done: Callback<number>): void {
    const id = this.ids.ofFound(sid)
    if (id === sid || !mayBePlain) {
      this.#calls.write({ kind: 'destroy', sid: id }, deadline, done)
      return
    }
    let before = 0
    const plain = promised<number>((heard) =>
      this.#calls.write({ kind: 'destroy', sid }, deadline, heard),
    )
    const then = plain.then((removed): SessionWrite => {
      before = removed
      return { kind: 'destroy', sid: id }
    })
    this.#calls.writeWhenReady(id, then, deadline, (error, removed = 0) => {
      if (error === null) done(null, before + removed)
      else done(error)
    })
  }

  async #find(sid: string, id: string, deadline: number): Promise<StoredSession | undefined> {
    try {
      await this.#moved(sid, id, deadline)
    } catch (error) {
      if (!(error instanceof SessionStoreError) || isUnanswered(error)) throw error
      // Where the database refuses the move, the row is read where it is.
      const plain = await this.#calls.readStep(sid, deadline)
      if (plain) return { ...plain, isPlain: true }
    }
    return this.#calls.readStep(id, deadline)
  }

  /**
   * Requests that come together move a row together, in the time of the first; where that was too
   * short, those with more of it go on.
   */
  async #moved(sid: string, id: string, deadline: number): Promise<void> {
    for (let move = this.#moves.get(id); move; move = this.#moves.get(id)) {
      try {
        await move
        return
      } catch (error) {
        if (!isUnanswered(error)) throw error
      }
    }
    const move = this.#calls.begun(this.#move(sid, id, deadline))
    const forget = () => this.#moves.delete(id)
    move.then(forget, forget)
    this.#moves.set(id, move)
    return move
  }

  async #move(sid: string, id: string, deadline: number): Promise<void> {
    if (!(await this.#calls.readStep(sid, deadline))) return
    try {
      await this.#calls.runStep('writes', deadline, (workUntil) =>
        renameSession(this.#gateway, sid, id, this.#now(), workUntil),
      )
    } catch (error) {
      // Somebody has stored the session anew meanwhile.
      if (!(error instanceof SessionStoreError && isThere.has(error.kind))) throw error
    }
  }
}

const isThere: ReadonlySet<unknown> = new Set(['duplicate', 'sid-taken'])
