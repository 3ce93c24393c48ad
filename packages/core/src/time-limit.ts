interface Watched {
  readonly end: number
  late(): void
}

/**
 * A time limit for many pieces of work, by one timer for all of them in place of one for each: work ends up to a twentieth of the limit
 * (250 ms at most) late. The timer runs only while there is work, and keeps no process alive.
 */
export class TimeLimit {
  readonly #ms: number
  readonly #watched: Watched[] = []
  #timer: NodeJS.Timeout | undefined

  /** `ms`: the limit; 0 for none. */
  constructor(ms: number) {
    this.#ms = ms
  }

  /** Settles as `work` does, or as `late()` does, which is called when the time is up first. */
  apply<Result>(work: Promise<Result>, late: () => Promise<Result>): Promise<Result> {
    if (this.#ms === 0) return work
    return new Promise((resolve, reject) => {
      const watched = { end: performance.now() + this.#ms, late: () => resolve(late()) }
      this.#watched.push(watched)
      this.#timer ??= setInterval(() => this.#look(), Math.min(Math.max(this.#ms / 20, 5), 250)).unref()
      const forget = () => {
        const place = this.#watched.indexOf(watched)
        if (place !== -1) this.#watched.splice(place, 1)
      }
      work.then(
        (result) => {
          forget()
          resolve(result)
        },
        (error: unknown) => {
          forget()
          reject(error)
        },
      )
    })
  }

  #look(): void {
    if (this.#watched.length === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const now = performance.now()
    for (const watched of this.#watched.filter(({ end }) => end <= now)) {
      this.#watched.splice(this.#watched.indexOf(watched), 1)
      watched.late()
    }
  }
}
