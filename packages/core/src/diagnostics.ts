import { channel, type Channel } from 'node:diagnostics_channel'
import { performance } from 'node:perf_hooks'

/**
 * Work that a store has ended, published on a channel of `node:diagnostics_channel`. No message
 * holds session contents, an id or SQL text.
 */
export interface WorkMessage {
  /** The name of the adapter, for example `postgres`. */
  readonly dialect: string
  /**
   * When it began, in ms of `performance.now()`. Add `performance.timeOrigin` for ms since 1970.
   */
  readonly startTime: number
  /** How long it took, in ms. */
  readonly duration: number
  /**
   * `ok`, or the code of its error, for example `ERR_TIMEOUT`. `ERR_UNKNOWN` for an error without a
   * code.
   */
  readonly outcome: string
}

/**
 * A call of a method of the store, on the channel `knex-session:call`. Published in the async
 * context of the caller, before the caller gets the answer.
 */
export interface CallMessage extends WorkMessage {
  /** The method, for example `get` or `sessionsOf.list`. */
  readonly operation: string
}

/** Calls that shared statements, on the channel `knex-session:batch`. */
export interface BatchMessage extends WorkMessage {
  /** What the calls do: `read`, `set`, `insert`, `update`, `touch` or `destroy`. */
  readonly operation: string
  /** How many sessions were read or written. */
  readonly sessions: number
  /** How many times a statement was tried. More than 1: something was tried again. */
  readonly attempts: number
  /** For how many sessions it failed, or has to be tried again in another batch. */
  readonly failed: number
}

/** One statement, on the channel `knex-session:statement`. */
export interface StatementMessage extends WorkMessage {
  /** What it is for, for example `reading sessions`. */
  readonly operation: string
}

type About<Message extends WorkMessage> = Omit<Message, keyof WorkMessage> &
  Pick<Message, 'dialect'>

/** A channel, and how work is watched for it. */
class WorkChannel<Message extends WorkMessage> {
  readonly #channel: Channel

  constructor(name: string) {
    this.#channel = channel(name)
  }

  /** Whether somebody listens; where nobody does, nothing is to be made for a message. */
  get isHeard(): boolean {
    return this.#channel.hasSubscribers
  }

  /** To be called when the work that begins now has ended, with its error or `null`. */
  begin(): (about: About<Message>, error: unknown) => void {
    const startTime = performance.now()
    return (about, error) => {
      const duration = performance.now() - startTime
      this.#channel.publish({ ...about, startTime, duration, outcome: outcomeOf(error) })
    }
  }

  /** Settles as the work does, and publishes it. */
  watch<Result>(
    work: () => Promise<Result>,
    about: (result?: Result) => About<Message>,
    errorIn: (result: Result) => unknown = () => null,
  ): Promise<Result> {
    if (!this.isHeard) return work()
    const ended = this.begin()
    return work().then(
      (result) => {
        ended(about(result), errorIn(result))
        return result
      },
      (error: unknown) => {
        ended(about(), error)
        throw error
      },
    )
  }
}

function outcomeOf(error: unknown): string {
  if (error === null || error === undefined) return 'ok'
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'ERR_UNKNOWN'
}

/** Where what a store does is published. */
export const diagnostics: {
  readonly calls: WorkChannel<CallMessage>
  readonly batches: WorkChannel<BatchMessage>
  readonly statements: WorkChannel<StatementMessage>
} = {
  calls: new WorkChannel('knex-session:call'),
  batches: new WorkChannel('knex-session:batch'),
  statements: new WorkChannel('knex-session:statement'),
}
