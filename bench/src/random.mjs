import { randomFrom } from '../../scripts/random.mjs'

export { randomFrom }

/**
 * A copy of `items` in an order that depends on `random` only.
 * @template Item
 * @param {readonly Item[]} items
 * @param {() => number} random
 * @returns {Item[]}
 */
export function shuffled(items, random) {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[copy[last], copy[other]] = [copy[other], copy[last]]
  }
  return copy
}

/**
 * An endless sequence of indexes below `count`: 16,384 of them drawn beforehand and repeated, so that drawing costs nothing while measuring.
 * @param {number} count
 * @param {number} seed
 * @returns {() => number}
 */
export function indexesBelow(count, seed) {
  const random = randomFrom(seed)
  const drawn = Uint32Array.from({ length: 16_384 }, () => Math.floor(random() * count))
  let position = 0
  return () => drawn[position++ & 16_383]
}
