import type { SessionStoreError } from '../errors.js'

/** So many connections lost under way are enough to look for what they are dropped for. */
const telling = 2

/** So many that are lost while others get through are no accident. */
const most = 8

const lost = new WeakSet()

/** Notes that a connection ended while a statement was under way, where the server gave no reason: `thrown` is what the driver made of it. */
export function noteLoss(error: SessionStoreError, thrown: unknown): void {
  if (error.code === 'ERR_CONNECTION' && !isOfServer(thrown)) lost.add(error)
}

/**
 * Whether the connection was lost while the statement was under way. The statement may be the reason: a server or a proxy may drop who
 * sends more than it takes.
 */
export function isLoss(error: unknown): boolean {
  return typeof error === 'object' && error !== null && lost.has(error)
}

/** Servers send a severity (PostgreSQL) or an SQLSTATE; MariaDB's connector gives its own errors that of a lost connection. */
function isOfServer(thrown: unknown): boolean {
  const { severity, sqlState } = (thrown ?? {}) as Record<string, unknown>
  return typeof severity === 'string' || (typeof sqlState === 'string' && !sqlState.startsWith('08'))
}

/** The connections that attempts at one piece of work lost under way. */
export class Losses {
  /** How many were lost although others got through in between: those that the work itself is the likely reason for. */
  own: number = 0
  readonly #tells: boolean
  #all = 0

  /** `tells`: whether the caller can take the work apart. */
  constructor(tells: boolean) {
    this.#tells = tells
  }

  /** Whether it is time to stop and say so. */
  get areEnough(): boolean {
    return this.own >= most || (this.#tells && this.#all >= telling)
  }

  /** `othersPass`: whether others got through since the last one. */
  add(othersPass: boolean): void {
    if (++this.#all > 1 && othersPass) this.own++
  }
}
