import {
  Coalescer,
  type Carrier,
  type CoalescerRules,
  type Outcome,
  type Setback,
} from '../src/coalescer/coalescer.js'
import type { Caller } from '../src/coalescer/entry.js'
import { Ticker } from '../src/time.js'

export interface Running {
  readonly kind: string
  readonly calls: readonly string[]
  readonly deadline: number
  /** Every call of the batch has this setback. Default: it fails. */
  fail(error: Error, then?: Setback['then']): void
  finish(end?: Outcome<string>): void
}

/**
 * Somebody who made a call, and what was heard of it so far: results, and the messages of errors.
 */
export interface Asked {
  readonly heard: readonly string[]
}

/** A coalescer of which each call has the time that one has that is made now. */
export class TimedCoalescer<Call, Result> extends Coalescer<Call, Result> {
  readonly #ticker: Ticker

  constructor(
    carrier: Carrier<Call, Result>,
    rules: CoalescerRules<Call, Result>,
    ticker: Ticker,
    isOpen?: boolean,
  ) {
    super(carrier, rules, ticker, isOpen)
    this.#ticker = ticker
  }

  call(key: string, call: Call, done: Caller<Result>['done']): void {
    this.add(key, call, { deadline: this.#ticker.deadline(), done })
  }
}

/**
 * Makes a call; its outcome is looked at, not waited for, so that a call without one makes a test
 * fail rather than hang.
 */
export function ask(
  coalescer: TimedCoalescer<string, string>,
  key: string,
  call: string,
  then?: () => void,
): Asked {
  const heard: string[] = []
  coalescer.call(key, call, (error, result) => {
    heard.push(error === null ? (result as string) : (error as Error).message)
    then?.()
  })
  return { heard }
}

/** The setbacks of some calls of a batch, by their places. */
export function setbacks(
  then: Setback['then'],
  message: string,
  ...places: readonly number[]
): ReadonlyMap<number, Setback> {
  return new Map(places.map((place) => [place, { then, error: new Error(message) }]))
}

/** What a test may choose. */
type Choices = Partial<CoalescerRules<string, string> & Carrier<string, string>> & {
  readonly timeout?: number
  readonly isOpen?: boolean
}

/** A coalescer of strings whose batches end when the test says so. */
export function controlled({
  timeout = 0,
  isOpen = true,
  stillBlocked,
  ...overrides
}: Choices = {}) {
  const running: Running[] = []
  const carry: Carrier<string, string>['carry'] = (kind, calls, deadline) =>
    new Promise((resolve) => {
      running.push({
        kind,
        calls,
        deadline,
        fail: (error, then = 'fail') =>
          resolve({
            results: [],
            setbacks: new Map(calls.map((_, place) => [place, { then, error }])),
          }),
        finish: (end) => resolve(end ?? { results: calls.map((call) => `${call}!`) }),
      })
    })
  const rules = {
    lanes: 1,
    size: () => 10,
    kindOf: () => 'any',
    merge: () => undefined,
    exclusive: false,
    maxQueue: 100,
    queueFull: () => new Error('full'),
    timedOut: () => new Error('late'),
    ...overrides,
  }
  const carrier = { carry: overrides.carry ?? carry, ...(stillBlocked && { stillBlocked }) }
  const coalescer = new TimedCoalescer<string, string>(carrier, rules, new Ticker(timeout), isOpen)
  return {
    coalescer,
    running,
    /** The calls of each batch so far. */
    sent: () => running.map(({ calls }) => calls),
  }
}
