import type { Change } from './conflicts/change.js'
import type { EpochMs, SessionExpiry, SessionRow } from '../dialect/index.js'

/** One call that changes a session. */
export type SessionWrite =
  /**
   * - `set`: writes the row, whether it is there or not
   * - `insert`: writes the row of a new session; fails where another live session has the id
   * - `update`: writes the row that is there, and none that is not
   *
   * `life`: how long the session may live, where the row that is there says since when.
   */
  | {
      readonly kind: 'set' | 'insert' | 'update'
      readonly row: SessionRow
      readonly life?: number | undefined
      /** What an update is made from, where it is not to go over anything else. */
      readonly change?: Change | undefined
    }
  /** `at`: when it was called, by the option `clock`. */
  | {
      readonly kind: 'touch'
      readonly row: SessionExpiry
      readonly at: EpochMs
      readonly life?: number | undefined
    }
  | { readonly kind: 'destroy'; readonly sid: string }

/** One that writes something of a row. */
export type RowWrite = Exclude<SessionWrite, { kind: 'destroy' }>

export function sidOf(write: SessionWrite): string {
  return write.kind === 'destroy' ? write.sid : write.row.sid
}

/** What a write is made from, where it is not to go over anything else. */
export function changeOf(write: SessionWrite): Change | undefined {
  return write.kind === 'update' ? write.change : undefined
}

/** The length of the session that a write sends, in characters. */
export function lengthOf(write: SessionWrite): number {
  return write.kind === 'destroy' || write.kind === 'touch' ? 0 : write.row.sess.length
}

/**
 * One write that leaves what two of one kind leave when they run one after the other: the later
 * one. `undefined` where there is none: a touch must not revive a session that the touch before it
 * ended, a change is not to go over another one, and of two new sessions with one id only the first
 * may be there.
 */
export function mergeWrites(earlier: SessionWrite, later: SessionWrite): SessionWrite | undefined {
  const isOver =
    earlier.kind === 'touch' && later.kind === 'touch' && earlier.row.expired <= later.at
  return isOver || changeOf(later) || later.kind === 'insert' ? undefined : later
}

/**
 * What those hear who joined a write that somebody made before them: the row that a destroy removed
 * was there for nobody after it.
 */
export function resultOfLater(result: number, kind: string): number {
  return kind === 'destroy' ? 0 : result
}
