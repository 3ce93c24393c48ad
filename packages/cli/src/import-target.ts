import type { KnexSessionStore } from '@knex-session/core'

/** What became of the sessions of the source. */
export interface Counts {
  copied: number
  /** As they are in the table already, or later there. */
  kept: number
  /** That could not be read or written. */
  failed: number
}

/** Session data, and when it ends. */
export interface Found {
  readonly sid: string
  readonly session: Readonly<Record<string, unknown>>
  readonly ends: number
  /** Whether nobody knows when it ends, so that one which is there is kept. */
  readonly isGuess?: true
}

/** Where sessions are copied to. One that is there and ends no earlier is kept. */
export class Target {
  readonly counts: Counts = { copied: 0, kept: 0, failed: 0 }
  readonly #store: KnexSessionStore
  readonly #ends: WeakMap<object, number>
  readonly #isDry: boolean

  constructor(store: KnexSessionStore, ends: WeakMap<object, number>, isDry: boolean) {
    this.#store = store
    this.#ends = ends
    this.#isDry = isDry
  }

  get done(): number {
    const { copied, kept, failed } = this.counts
    return copied + kept + failed
  }

  async write(page: readonly (Found | undefined)[]): Promise<void> {
    await Promise.all(page.map((found) => this.#writeOne(found)))
  }

  async #writeOne(found: Found | undefined): Promise<void> {
    if (!found) this.counts.failed++
    else if (found.ends <= Date.now()) return
    else if (await this.#has(found)) this.counts.kept++
    else {
      const session = withEnd(found)
      this.#ends.set(session, found.ends)
      if (!this.#isDry && !(await this.#set(found.sid, session))) this.counts.failed++
      else this.counts.copied++
    }
  }

  async #has({ sid, ends, isGuess }: Found): Promise<boolean> {
    let there: object | null
    try {
      there = await this.#store.get(sid)
    } catch (error) {
      if (isOfSession(error)) return false
      throw error
    }
    if (!there) return false
    if (isGuess) return true
    const { expires } = (there as { cookie?: { expires?: unknown } }).cookie ?? {}
    // One that ends with the browser does not say when.
    const until = expires instanceof Date ? expires.getTime() : Date.parse(String(expires))
    return Number.isNaN(until) || until >= ends - 1_000
  }

  async #set(sid: string, session: object): Promise<boolean> {
    try {
      await this.#store.set(sid, session as never)
      return true
    } catch (error) {
      if (isOfSession(error)) return false
      throw error
    }
  }
}

/** A failure that is about one session. */
function isOfSession(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return (
    code === 'ERR_INVALID_SID' ||
    code === 'ERR_INVALID_SESSION' ||
    code === 'ERR_UNREADABLE_SESSION' ||
    code === 'ERR_SID_TAKEN'
  )
}

/** The cookie says when a session ends, unless it ends with the browser. */
function withEnd({ session, ends }: Found): object {
  const { cookie } = session as { readonly cookie?: Readonly<Record<string, unknown>> }
  if (typeof cookie !== 'object') return { ...session, cookie: { originalMaxAge: null } }
  const { expires = null, originalMaxAge } = cookie
  if (expires === null && typeof originalMaxAge !== 'number') return session
  return { ...session, cookie: { ...cookie, expires: new Date(ends).toISOString() } }
}
