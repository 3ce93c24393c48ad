import { realTime } from '../real-time.js'

interface Watched {
  readonly end: number
  late(): void
}

/**
 * How exactly a time limit of `ms` is kept, in ms, a twentieth of it, 5 to 250, but a quarter at most, so that half of a short one is left to
 * try in: one timer that looks now and then serves all work, where one for each piece would cost more than a short statement. 0 is no limit.
 */
export function precisionOf(ms: number): number {
  if (ms === 0) return 250
  return Math.min(Math.max(ms / 20, 5), ms / 4, 250)
}

/** Ends pieces of work that are not done by their time, by one timer for all of them. It runs only while there is work that has one. */
export class TimeLimit {
  readonly #precision: number
  readonly #watched: Watched[] = []
  #timer: NodeJS.Timeout | undefined

  /** `precision`: how late the end of a piece of work may be noticed, in ms. */
  constructor(precision: number) {
    this.#precision = precision
  }

  /**
   * Settles as `work` does, or as `late()` does, which is called when `end` (`performance.now()`, `Infinity` for no end) has come first, or
   * {@link endAll}.
   */
  apply<Result>(work: Promise<Result>, end: number, late: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const watched = { end, late: () => resolve(late()) }
      this.#watched.push(watched)
      if (end !== Infinity) this.#timer ??= realTime.setInterval(() => this.#look(), this.#precision).unref()
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

  /** Ends everything, whatever time it has left. */
  endAll(): void {
    for (const watched of this.#watched.splice(0)) watched.late()
  }

  #look(): void {
    if (this.#watched.length === 0) {
      realTime.clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const now = realTime.now()
    for (const watched of this.#watched.filter(({ end }) => end <= now)) {
      this.#watched.splice(this.#watched.indexOf(watched), 1)
      watched.late()
    }
  }
}
