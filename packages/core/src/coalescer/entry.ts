/** A Node.js callback: an error, or `null` and the result. */
export type Callback<Result> = (error: unknown, result?: Result) => void

/** Somebody who waits for the outcome of a call. */
export interface Caller<Result> {
  /** When what is done for the caller has to end (`performance.now()`). */
  readonly deadline: number
  /** Hears of the outcome, once; must not throw. */
  done(error: unknown, result?: Result): void
}

/** One call of a batch, and everybody who waits for it. */
export interface Entry<Call, Result> {
  readonly key: string
  call: Call
  kind: string
  /** Those who still wait, the first to give up before the others. */
  callers: Caller<Result>[]
  /** Grows with every entry: the smallest has waited longest. */
  readonly order: number
  /** Whether it may share no batch. */
  single: boolean
  isInFlight: boolean
  /** The entry of the same key that runs after this one. */
  next: Entry<Call, Result> | undefined
}

/**
 * Answers those callers of an entry whose time is up at `until`; resolves to how many there were.
 */
export function giveUp<Call, Result>(
  entry: Entry<Call, Result>,
  until: number,
  error: () => unknown,
): number {
  const { callers } = entry
  const late = callers.findIndex(({ deadline }) => deadline > until)
  const count = late === -1 ? callers.length : late
  if (count === 0) return 0
  entry.callers = callers.slice(count)
  for (const caller of callers.slice(0, count)) caller.done(error())
  return count
}
