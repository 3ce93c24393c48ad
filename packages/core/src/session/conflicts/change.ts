import { randomBytes } from 'node:crypto'
import type { SessionRow } from '../../dialect/index.js'
import { SessionStoreError } from '../../errors.js'
import type { StoredSession } from '../payload.js'

/** What a session object knows of the versions of its row. It changes with each write. */
export interface Versions {
  /** The version that the row has by what is known, its own half. */
  own: string
  /** The text of the session as it was when it had that, to find out what was changed since. */
  base: string
  /** The last write of it that was sent, whose outcome may never have come. */
  sent?: Sent
}

interface Sent {
  readonly own: string
  readonly mine: string
  readonly isMerged: boolean
}

/** Merges the text of a session with what is stored now, as a row to write. */
export type Merge = (base: string, mine: SessionRow, theirs: StoredSession) => Promise<SessionRow>

/** The version of a row that follows another one; by default, none. */
export function versionAfter(own: string = '0'.repeat(16)): string {
  return randomBytes(8).toString('hex') + own
}

/** What of a version is its own; of a row that has none, zeros. */
export function ownHalf(version: string | null | undefined): string {
  return (version ?? '').slice(0, 16).padEnd(16, '0')
}

/**
 * One change of a session that was loaded, which is written only over the version that it was made
 * from, or over one that it was merged with.
 */
export class Change {
  /** Whether the row has met another version, so that it is to be {@link meet | met} first. */
  hasConflict = false
  readonly #versions: Versions
  readonly #merge: Merge | undefined
  #before: Sent | undefined
  #sending: { readonly row: SessionRow; readonly sent: Sent } | undefined
  #mine: SessionRow | undefined

  /** `merge`: `undefined` where a conflict is an error. */
  constructor(versions: Versions, merge: Merge | undefined) {
    this.#versions = versions
    this.#merge = merge
  }

  /** The row as it is to be sent; the same until the change is merged. */
  rowOf(row: SessionRow): SessionRow {
    if (!this.#sending) {
      this.#mine = row
      this.#before = this.#versions.sent
      this.#send(row, this.#versions.own, false)
    }
    return (this.#sending as unknown as { row: SessionRow }).row
  }

  /**
   * Takes in what the table has now. Rejects with code `ERR_CONFLICT` where nothing is to be merged,
   * or as the merge does.
   */
  async meet(theirs: StoredSession): Promise<void> {
    const mine = this.#mine
    if (!mine) return
    const found = ownHalf(theirs.version)
    if (found === this.#sending?.sent.own) return
    // An earlier write of the same object, of whose success nobody heard.
    const isOwn = found === this.#before?.own
    if (isOwn) this.#versions.base = this.#before?.mine ?? ''
    if (isOwn && this.#before?.isMerged === false) this.#send(mine, found, false)
    else if (!this.#merge) throw conflict()
    else this.#send(await this.#merge(this.#versions.base, mine, theirs), found, true)
  }

  /** The row was written. After a merge it holds what the object does not know. */
  written(): void {
    const sent = this.#sending?.sent
    if (!sent) return
    this.#versions.own = sent.isMerged ? versionAfter().slice(0, 16) : sent.own
    this.#versions.base = sent.mine
  }

  #send(row: SessionRow, former: string, isMerged: boolean): void {
    const version = versionAfter(former)
    const sent = { own: ownHalf(version), mine: this.#mine?.sess ?? '', isMerged }
    this.#sending = { row: { ...row, version }, sent }
    this.#versions.sent = sent
  }
}

function conflict(): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_CONFLICT',
    message:
      'another request has changed the session since it was loaded (option `onConflict`): load it again and repeat the change',
  })
}
