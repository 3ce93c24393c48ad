/**
 * The number that a session holds, or `null` where there is none.
 * @typedef {number | null} Held
 */

/**
 * What a session may be: what its only writer was last told it is, and what was tried since without a clear answer.
 * @typedef {object} Entry
 * @property {Held} acknowledged
 * @property {Held[]} doubtful
 */

/** What the writers of sessions were told, each session having one writer. */
export class Ledger {
  /** @type {Map<string, Entry>} */
  #entries = new Map()

  /** @param {string} sid */
  entry(sid) {
    const known = this.#entries.get(sid)
    if (known) return known
    /** @type {Entry} */
    const entry = { acknowledged: null, doubtful: [] }
    this.#entries.set(sid, entry)
    return entry
  }

  /**
   * @param {string} sid
   * @param {Held} held
   */
  acknowledge(sid, held) {
    this.#entries.set(sid, { acknowledged: held, doubtful: [] })
  }

  /**
   * @param {string} sid
   * @param {Held} held
   */
  doubt(sid, held) {
    this.entry(sid).doubtful.push(held)
  }

  /**
   * Whether the session may hold this.
   * @param {string} sid
   * @param {Held} held
   */
  allows(sid, held) {
    const { acknowledged, doubtful } = this.entry(sid)
    return held === acknowledged || doubtful.includes(held)
  }

  /** @returns {[sid: string, entry: Entry][]} */
  toJSON() {
    return [...this.#entries]
  }
}
