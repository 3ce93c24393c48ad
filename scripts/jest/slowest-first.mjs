import { createRequire } from 'node:module'

// Its types say of `import` what holds for `require`.
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer')

/** The files that take longest, the longest first. */
const slowest = [
  'dialect-mysql/test/conformance.test.ts',
  'dialect-sqlite/test/conformance.test.ts',
  'dialect-postgres/test/conformance.test.ts',
  'dialect-mysql/test/conformance-mariadb.test.ts',
  'promises/locked-row.test.ts',
  'promises/contention.test.ts',
  'dialect-oracle/test/grammar.test.ts',
]

const placeOf = (/** @type {string} */ path) => {
  const place = slowest.findIndex((file) => path.endsWith(file))
  return place === -1 ? slowest.length : place
}

/**
 * Begins with the slowest files: jest knows them only from a run before, and on a clean clone one
 * that comes last keeps a single processor busy. The others come in jest's own order.
 */
export default class SlowestFirst extends Sequencer {
  /** @param {readonly { readonly path: string }[]} tests */
  async sort(tests) {
    const sorted = Array.from(await super.sort(tests))
    return sorted.sort((one, other) => placeOf(one.path) - placeOf(other.path))
  }
}
