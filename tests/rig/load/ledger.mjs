/**
 * The number that a session holds, or `null` where there is none.
 * @typedef {number | null} Held
 */

/**
 * What a session may be: what its only writer was last told it is, and what was tried since without
 * a clear answer.
 * @typedef {object} Entry
 * @property {Held} acknowledged
 * @property {Held[]} doubtful
 */

/** What the writers of sessions were told, each session having one writer. */
export class Ledger {
  /** @type {Map<string, Entry>} */
  #entries = new Map()
  /** How often `lose` and `keep` were called: odd while sessions get lost. */
  #turns = 0

  /** What a write is acknowledged with: when it was called. */
  get turn() {
    return this.#turns
  }

  /** From now on somebody throws sessions away, all of them or not. */
  lose() {
    this.#turns++
    for (const { doubtful } of this.#entries.values()) doubtful.push(null)
  }

  /** From now on none gets lost. */
  keep() {
    this.#turns++
  }

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
   * @param {number} turn when the write was called
   */
  acknowledge(sid, held, turn) {
    const mayBeLost = turn !== this.#turns || turn % 2 === 1
    this.#entries.set(sid, { acknowledged: held, doubtful: mayBeLost ? [null] : [] })
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
