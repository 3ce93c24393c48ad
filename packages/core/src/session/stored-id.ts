import { createHash } from 'node:crypto'
import { invalidSid, sidProblem } from './sid.js'

const digest = /^sha256:[\w-]{43}$/

/** How many characters a digest has. */
export const digestLength = 50

/** What the table has in place of a session id. No id can be made of it. */
export function digestOf(sid: string): string {
  return `sha256:${createHash('sha256').update(sid).digest('base64url')}`
}

/** Whether a text looks like a digest. */
function isDigest(text: string): boolean {
  return digest.test(text)
}

/** Which ids the table has: those of the sessions, or digests of them. */
export class StoredIds {
  readonly areDigests: boolean

  constructor(areDigests: boolean) {
    this.areDigests = areDigests
  }

  /**
   * Why a session cannot have this id, or `undefined` when it can; throws when it is not even a
   * string. A digest is none: whoever has read the table must not get at its sessions.
   */
  problem(sid: unknown): string | undefined {
    if (typeof sid !== 'string') throw invalidSid('it is not a string')
    return this.isStored(sid) ? 'it looks like a digest of the option `hashIds`' : sidProblem(sid)
  }

  /** Whether an id is one that only the table has. */
  isStored(id: string): boolean {
    return this.areDigests && isDigest(id)
  }

  /** The id in the table of a session with this id. */
  of(sid: string): string {
    return this.areDigests ? digestOf(sid) : sid
  }

  /** The one that a row has that was found in the table, or will have once it is asked for. */
  ofFound(stored: string): string {
    return this.areDigests && !isDigest(stored) ? digestOf(stored) : stored
  }
}
