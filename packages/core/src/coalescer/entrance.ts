interface Arrival<Call> {
  readonly ready: Call | Promise<Call>
  /** Hears of the call, or why there is none; must not throw. */
  readonly goIn: (error: unknown, call?: Call) => void
}

/**
 * Where calls wait that cannot be queued yet, and those of the same session that are made after
 * them: they go in as they were made.
 */
export class Entrance<Call> {
  /** The end of the line of each session. */
  readonly #lines = new Map<string, Promise<void>>()
  #waiting = 0

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** Whether calls of a session wait. */
  holds(sid: string): boolean {
    return this.#lines.size > 0 && this.#lines.has(sid)
  }

  /** Resolves when all calls that wait now have gone in. */
  async emptied(): Promise<void> {
    await Promise.all(this.#lines.values())
  }

  /** Has a call go in when it is ready and those of its session before it have gone in. */
  wait(sid: string, ready: Arrival<Call>['ready'], goIn: Arrival<Call>['goIn']): void {
    this.#waiting++
    const gone = this.#pass(this.#lines.get(sid), { ready, goIn })
    this.#lines.set(sid, gone)
    void gone.then(() => {
      this.#waiting--
      if (this.#lines.get(sid) === gone) this.#lines.delete(sid)
    })
  }

  async #pass(before: Promise<void> | undefined, { ready, goIn }: Arrival<Call>): Promise<void> {
    const [, outcome] = await Promise.allSettled([before, ready])
    if (outcome.status === 'fulfilled') goIn(null, outcome.value)
    else goIn(outcome.reason)
  }
}
