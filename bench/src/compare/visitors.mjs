import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * @typedef {object} Answer
 * @property {number} status 0 where the connection broke or nothing came in time
 * @property {string} text
 * @property {number} took in ms
 */

const agent = new Agent({ keepAlive: true, maxSockets: Infinity })

/**
 * One request of a visitor.
 * @param {number} port
 * @param {string} path
 * @param {string} cookie
 * @param {number} [limit] how long it is waited for, in ms. Default: a minute
 * @returns {Promise<Answer>}
 */
export function ask(port, path, cookie, limit = 60_000) {
  const started = performance.now()
  return new Promise((resolve) => {
    const answer = (status, text) => resolve({ status, text, took: performance.now() - started })
    const request = get(
      { agent, port, path, host: '127.0.0.1', headers: { cookie }, timeout: limit },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => (text += part))
        response.on('end', () => answer(response.statusCode, text)).on('error', () => answer(0, ''))
      },
    )
    request.on('timeout', () => request.destroy()).on('error', () => answer(0, ''))
  })
}

/** Visitors with a session each, who change it by one request after the other. */
export class Visitors {
  requests = 0
  /** Answers of the kind 5xx, and connections that broke. */
  errors = 0
  longest = 0
  #running = true
  #counts
  #visits

  /**
   * @param {number} port
   * @param {readonly string[]} cookies of the visitors
   * @param {number} pauseMs
   */
  constructor(port, cookies, pauseMs) {
    /** What each visitor was last told that the session counts. */
    this.#counts = cookies.map((cookie) => ({ cookie, told: 0, loggedOut: false }))
    this.#visits = this.#counts.map((visitor) => this.#visit(port, visitor, pauseMs))
  }

  /** How many visitors were told that they have no session. */
  get loggedOut() {
    return this.#counts.filter(({ loggedOut }) => loggedOut).length
  }

  /** Makes no further requests, and waits for those under way. */
  async stop() {
    this.#running = false
    await Promise.all(this.#visits)
  }

  /**
   * How many visitors had a change acknowledged that is not there.
   * @param {number} port
   */
  async withoutChange(port) {
    const answers = await Promise.all(
      this.#counts.map(async ({ cookie, told }) => ({
        told,
        ...(await ask(port, '/read', cookie)),
      })),
    )
    return answers.filter(({ status, text, told }) => status !== 200 || Number(text) < told).length
  }

  async #visit(port, visitor, pauseMs) {
    while (this.#running) {
      const { status, text, took } = await ask(port, '/write', visitor.cookie)
      this.requests++
      this.longest = Math.max(this.longest, took)
      if (status === 200) visitor.told = Math.max(visitor.told, Number(text))
      else if (status === 401) visitor.loggedOut = true
      else this.errors++
      await delay(pauseMs)
    }
  }
}
