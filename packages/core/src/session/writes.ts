import type { EpochMs, SessionExpiry, SessionRow } from '../dialect/index.js'

/** One call that changes a session. */
export type SessionWrite =
  | { readonly kind: 'set'; readonly row: SessionRow }
  /** `at`: when it was called, by the option `clock`. */
  | { readonly kind: 'touch'; readonly row: SessionExpiry; readonly at: EpochMs }
  | { readonly kind: 'destroy'; readonly sid: string }

export function sidOf(write: SessionWrite): string {
  return write.kind === 'destroy' ? write.sid : write.row.sid
}

/** The length of the session that a write sends, in characters. */
export function lengthOf(write: SessionWrite): number {
  return write.kind === 'set' ? write.row.sess.length : 0
}

/**
 * One write that leaves what two of one kind leave when they run one after the other: the later one. `undefined` where there is none: a
 * touch must not revive a session that the touch before it ended.
 */
export function mergeWrites(earlier: SessionWrite, later: SessionWrite): SessionWrite | undefined {
  const isOver = earlier.kind === 'touch' && later.kind === 'touch' && earlier.row.expired <= later.at
  return isOver ? undefined : later
}
