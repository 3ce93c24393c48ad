/**
 * A seeded generator of numbers in [0, 1) (mulberry32), so that every run does the same things in
 * the same order.
 * @param {number} seed a whole number
 * @returns {() => number}
 */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * A copy of `items` in an order that depends on `random` only.
 * @template Item
 * @param {readonly Item[]} items
 * @param {() => number} random
 * @returns {Item[]}
 */
export function shuffled(items, random) {
  const left = [...items]
  return items.flatMap(() => left.splice(Math.floor(random() * left.length), 1))
}

/**
 * The order in which contenders take their turns in a repeat: shuffled in every second one,
 * reversed in the next, so that each comes before another as often as after it.
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} seed of the cell
 * @param {number} repeat from 0
 * @returns {Item[]}
 */
export function turns(items, seed, repeat) {
  const order = shuffled(items, randomFrom(seed + (repeat >> 1)))
  return repeat % 2 === 0 ? order : order.reverse()
}

/**
 * An endless sequence of indexes below `count`: 16,384 of them drawn beforehand and repeated, so
 * that drawing costs nothing while measuring.
 * @param {number} count
 * @param {number} seed
 * @returns {() => number}
 */
export function indexesBelow(count, seed) {
  const random = randomFrom(seed)
  const drawn = Uint32Array.from({ length: 16_384 }, () => Math.floor(random() * count))
  let position = 0
  return () => /** @type {number} */ (drawn[position++ & 16_383])
}
