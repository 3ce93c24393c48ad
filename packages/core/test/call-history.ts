import type { EpochMs } from '../src/dialect/index.js'
import { sidOf, type SessionWrite } from '../src/session/writes.js'

/** The part of a session that is stored, `undefined` for none. */
export type Row = { readonly sess: string; readonly expired: number } | undefined

/** A call that changes sessions, and what its caller has heard. */
export interface Called {
  readonly call: SessionWrite | { readonly kind: 'clear' }
  readonly at: number
  heard: 'nothing' | 'done' | 'failed'
  error?: Error
  removed?: number
}

/** A point in time of a history, at which a read begins. */
export interface Moment {
  readonly done: ReadonlySet<Called>
}

/** All calls that change sessions, in order, and from it, what can be stored. */
export class CallHistory {
  readonly calls: Called[] = []
  readonly #now: EpochMs

  constructor(now: EpochMs) {
    this.#now = now
  }

  add(call: Called['call'], at: number): Called {
    const called: Called = { call, at, heard: 'nothing' }
    this.calls.push(called)
    return called
  }

  get moment(): Moment {
    return { done: new Set(this.calls.filter(({ heard }) => heard === 'done')) }
  }

  /**
   * What a session can be: each call that was acknowledged at the moment has happened, in order;
   * each other one, in its place, has happened or not. Those who destroyed it, or wrote over it, have found as many
   * rows as they heard, or none where `repeats`: the answer of a statement that did it may have
   * been lost.
   */
  possible(sid: string, { done }: Moment, repeats: boolean): readonly Row[] {
    let states: readonly Row[] = [undefined]
    for (const called of this.calls) {
      const { call } = called
      if (call.kind !== 'clear' && sidOf(call) !== sid) continue
      const happened = done.has(called)
      const counted =
        happened && (call.kind === 'destroy' || call.kind === 'update')
          ? states.filter((row) => fits(row, called.removed, repeats))
          : states
      const after = counted.map((row) => this.#after(row, call))
      states = distinct(happened ? after : [...states, ...after])
    }
    return states
  }

  /** What a read of it may give: nothing once it has expired. */
  visible(row: Row): Row {
    return row && row.expired > this.#now ? row : undefined
  }

  #after(row: Row, call: Called['call']): Row {
    switch (call.kind) {
      case 'set':
      case 'insert':
        return { sess: call.row.sess, expired: call.row.expired }
      case 'update':
        return row && { sess: call.row.sess, expired: call.row.expired }
      case 'touch':
        return row && row.expired > this.#now ? { ...row, expired: call.row.expired } : row
      case 'destroy':
      case 'clear':
        return undefined
    }
  }
}

function fits(row: Row, removed: number | undefined, repeats: boolean): boolean {
  return removed === (row ? 1 : 0) || (repeats && removed === 0)
}

function distinct(rows: readonly Row[]): readonly Row[] {
  return [
    ...new Map(rows.map((row) => [row && `${row.sess} ${String(row.expired)}`, row])).values(),
  ]
}
