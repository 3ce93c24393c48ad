import type { EpochMs, SessionExpiry, SessionRow } from '../dialect/adapter.js'

/** One call that changes a session. */
export type SessionWrite =
  | { readonly kind: 'set'; readonly row: SessionRow }
  /** `at`: when it was called, by the option `clock`. */
  | { readonly kind: 'touch'; readonly row: SessionExpiry; readonly at: EpochMs }
  /** `exists`: a set was folded into this call, so there is a session to destroy whatever the table says. */
  | { readonly kind: 'destroy'; readonly sid: string; readonly exists: boolean }

export function sidOf(write: SessionWrite): string {
  return write.kind === 'destroy' ? write.sid : write.row.sid
}

/** The length of the session that a write sends, in characters. */
export function lengthOf(write: SessionWrite): number {
  return write.kind === 'set' ? write.row.sess.length : 0
}

/**
 * One write that leaves what the two leave when they run one after the other, or `undefined` when there is none: a set after a
 * destroy must not hide that a row was removed, and a touch must not revive a session that the touch before it ended.
 */
export function mergeWrites(earlier: SessionWrite, later: SessionWrite): SessionWrite | undefined {
  switch (earlier.kind) {
    case 'set':
      if (later.kind === 'set') return later
      if (later.kind === 'destroy') return { kind: 'destroy', sid: later.sid, exists: true }
      return earlier.row.expired > later.at ? { kind: 'set', row: { ...earlier.row, expired: later.row.expired } } : earlier
    case 'touch':
      if (later.kind === 'touch') return earlier.row.expired > later.at ? later : undefined
      return later
    case 'destroy':
      return later.kind === 'set' ? undefined : earlier
  }
}

/** The number of rows each caller of a merged write removed: the first destroy has them, those after it found none. */
export function shareRemoved(merged: SessionWrite, writes: readonly SessionWrite[], removed: number): readonly number[] {
  const first = writes.findIndex((write) => write.kind === 'destroy')
  return writes.map((_, index) => {
    if (index !== first) return 0
    return merged.kind === 'destroy' && merged.exists ? 1 : removed
  })
}
