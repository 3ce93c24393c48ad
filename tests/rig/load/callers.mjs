import { setTimeout as delay } from 'node:timers/promises'
import { randomFrom } from '../../../bench/src/load/random.mjs'
import { Ledger } from './ledger.mjs'

/**
 * @typedef {object} CallersOptions
 * @property {string} name begins the ids of the sessions, so that several processes share none
 * @property {number} callers
 * @property {number} sidsEach how many sessions each caller has, which nobody else writes
 * @property {number} think the longest pause of a caller between two calls, in ms
 * @property {number} timeLimit the longest that a call may take before it counts as hung, in ms
 * @property {number} seed
 * @property {number} [filling] of each session, in characters. Default: 100 to 300
 * @property {number} [shared] how many further sessions all callers of all processes write.
 * Default: 0
 * @property {boolean} [brief] whether some of the sessions expire after a second, under an id each,
 * for a prune to find. Default: false
 */

/**
 * What callers saw.
 * @typedef {object} Figures
 * @property {number} calls that ended
 * @property {number} acknowledged writes
 * @property {Record<string, number>} errors by code
 * @property {string[]} messages of errors, each kind once
 * @property {number} wrong reads of something else than was acknowledged
 * @property {number} hung calls that took longer than the time limit, or have not ended
 * @property {number} longest of the calls that ended, in ms
 * @property {Record<string, number>} longestError of the calls that failed, by code, in ms
 */

/** Codes of writes that have changed nothing; others may have been done all the same. */
const refusals = new Set(['ERR_DATABASE', 'ERR_QUEUE_FULL'])

/**
 * Callers of a store, each of which does one thing after the other to sessions of its own and
 * remembers what it was told.
 */
export class Callers {
  ledger = new Ledger()
  /** @type {Figures} */
  figures = {
    calls: 0,
    acknowledged: 0,
    errors: {},
    messages: [],
    wrong: 0,
    hung: 0,
    longest: 0,
    longestError: {},
  }
  #store
  #options
  #random
  #ended = false
  /** @type {Set<number>} */
  #pending = new Set()
  /** @type {Promise<void>[]} */
  #running = []

  /**
   * @param {import('@knex-session/core').KnexSessionStore} store
   * @param {CallersOptions} options
   */
  constructor(store, options) {
    this.#store = store
    this.#options = options
    this.#random = randomFrom(options.seed)
  }

  /** How many calls have not ended. */
  get pending() {
    return this.#pending.size
  }

  start() {
    const { callers, sidsEach, name } = this.#options
    this.#running = Array.from({ length: callers }, (_, caller) =>
      this.#call(Array.from({ length: sidsEach }, (_, sid) => `${name} ${caller} ${sid}`)),
    )
  }

  /**
   * Makes no further calls; resolves when those under way have ended, or have taken longer than
   * they may.
   */
  async stop() {
    this.#ended = true
    await Promise.race([
      Promise.all(this.#running),
      delay(this.#options.timeLimit + 1_000, undefined, { ref: false }),
    ])
    this.figures.hung += this.#pending.size
  }

  /**
   * @param {number} turn
   * @param {number} [life] in ms
   */
  session(turn, life = 3_600_000) {
    const cookie = { originalMaxAge: life, expires: new Date(Date.now() + life).toISOString() }
    return /** @type {import('express-session').SessionData} */ (
      /** @type {unknown} */ ({
        cookie,
        turn,
        filling: 'x'.repeat(this.#options.filling ?? 100 + (turn % 200)),
      })
    )
  }

  /** @param {readonly string[]} sids */
  async #call(sids) {
    const { shared = 0, brief = false, name } = this.#options
    for (let turn = 1; !this.#ended; turn++) {
      const sid = sids[Math.floor(this.#random() * sids.length)] ?? ''
      const dice = this.#random()
      if (this.#random() * 10 < shared)
        await this.#time(this.#change(`shared ${Math.floor(this.#random() * shared)}`, turn))
      else if (brief && dice < 0.05)
        await this.#time(
          this.#store.set(`${name} ${sids.length} ${this.#random()}`, this.session(turn, 1_000)),
        )
      else if (dice < 0.4) await this.#read(sid)
      else if (dice < 0.8) await this.#write(sid, turn, this.#store.set(sid, this.session(turn)))
      else if (dice < 0.95) await this.#time(this.#store.touch(sid, this.session(turn)))
      else await this.#write(sid, null, this.#store.destroy(sid))
      await delay(this.#random() * this.#options.think)
    }
  }

  /**
   * A write of a session that others write too.
   * @param {string} sid
   * @param {number} turn
   * @returns {Promise<unknown>}
   */
  #change(sid, turn) {
    const dice = this.#random()
    if (dice < 0.7) return this.#store.set(sid, this.session(turn))
    return dice < 0.9 ? this.#store.touch(sid, this.session(turn)) : this.#store.destroy(sid)
  }

  /** @param {string} sid */
  async #read(sid) {
    const { error, result } = await this.#time(this.#store.get(sid))
    if (error === undefined && !this.ledger.allows(sid, heldBy(result))) this.figures.wrong++
  }

  /**
   * @param {string} sid
   * @param {import('./ledger.mjs').Held} held
   * @param {Promise<unknown>} call
   */
  async #write(sid, held, call) {
    const { turn } = this.ledger
    const { error } = await this.#time(call)
    if (error !== undefined) {
      if (!refusals.has(error.code)) this.ledger.doubt(sid, held)
      return
    }
    this.figures.acknowledged++
    this.ledger.acknowledge(sid, held, turn)
  }

  /**
   * @template Result
   * @param {Promise<Result>} call
   * @returns {Promise<{ error?: any, result?: Result }>}
   */
  async #time(call) {
    const started = performance.now()
    this.#pending.add(started)
    try {
      return { result: await call }
    } catch (error) {
      this.#note(/** @type {any} */ (error), performance.now() - started)
      return { error }
    } finally {
      this.#pending.delete(started)
      const took = performance.now() - started
      this.figures.calls++
      this.figures.longest = Math.max(this.figures.longest, took)
      if (took > this.#options.timeLimit) this.figures.hung++
    }
  }

  /**
   * @param {{ code?: string, message?: string }} error
   * @param {number} took in ms
   */
  #note({ code = 'none', message = '' }, took) {
    const { errors, messages, longestError } = this.figures
    longestError[code] = Math.max(longestError[code] ?? 0, took)
    errors[code] = (errors[code] ?? 0) + 1
    const text = `${code}: ${message}`
    if (messages.length < 20 && !messages.includes(text)) messages.push(text)
  }
}

/**
 * @param {unknown} session
 * @returns {import('./ledger.mjs').Held}
 */
export function heldBy(session) {
  return /** @type {{ turn?: number } | null | undefined} */ (session)?.turn ?? null
}
