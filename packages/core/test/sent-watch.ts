import { sidOf } from '../src/session/writes.js'
import type { Called } from './call-history.js'
import type { Sent } from './fake-table.js'

/** Looks at all statements that a store sends, and says what is wrong with them. */
export class SentWatch {
  readonly #calls: readonly Called[]
  readonly #wrong: string[]
  /** The rows of the writes that are under way. */
  readonly #inFlight = new Set<string>()

  /** `calls`: those of the store, as they come. `wrong` gets what should not have happened. */
  constructor(calls: readonly Called[], wrong: string[]) {
    this.#calls = calls
    this.#wrong = wrong
  }

  /** What is sent is for somebody who waits for it, and no row is in two statements that write. */
  sent(sent: Sent, end: Promise<unknown>): void {
    const waits = (is: (call: Called['call']) => boolean) =>
      this.#calls.some(({ call, heard }) => heard === 'nothing' && is(call))
    if (sent.kind === 'clear') {
      if (!waits(({ kind }) => kind === 'clear')) this.#wrong.push('a clear is sent for nobody')
      if (this.#inFlight.size > 0) this.#wrong.push('a clear meets a write')
    }
    if (sent.kind === 'upsert' || sent.kind === 'touch') {
      for (const { expired } of sent.rows) {
        if (!waits((call) => 'row' in call && call.row.expired === expired))
          this.#wrong.push(`a ${sent.kind} is sent for nobody`)
      }
    }
    if (sent.kind === 'upsert') {
      for (const { sess } of sent.rows) {
        if (!waits((call) => 'row' in call && 'sess' in call.row && call.row.sess === sess))
          this.#wrong.push('a session is sent for nobody')
      }
    }
    if (sent.kind === 'destroy') {
      for (const key of sent.sids) {
        if (!waits((call) => call.kind === 'destroy' && sidOf(call) === key))
          this.#wrong.push('a destroy is sent for nobody')
      }
    }
    const keys =
      sent.kind === 'destroy' ? sent.sids : 'rows' in sent ? sent.rows.map((row) => row.sid) : []
    for (const key of keys) {
      if (this.#inFlight.has(key)) this.#wrong.push(`${key} is in two statements`)
      this.#inFlight.add(key)
    }
    const over = () => {
      for (const key of keys) this.#inFlight.delete(key)
    }
    end.then(over, over)
  }
}
