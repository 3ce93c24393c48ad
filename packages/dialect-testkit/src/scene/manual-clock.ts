/**
 * A clock that moves only when it is told to; `clock.now` is what a store takes as its option
 * `clock`.
 */
export interface ManualClock {
  /** The time on the clock, in ms since 1970. */
  readonly now: () => number
  /** Moves the clock, by ms. */
  advance(ms: number): void
  /** Sets the clock, in ms since 1970. */
  set(at: number): void
}

/**
 * A clock that starts at the given time, in ms since 1970. Default: the whole second that has just
 * begun.
 */
export function manualClock(start: number = Math.floor(Date.now() / 1000) * 1000): ManualClock {
  let time = start
  return {
    now: () => time,
    advance: (ms) => {
      time += ms
    },
    set: (at) => {
      time = at
    },
  }
}
