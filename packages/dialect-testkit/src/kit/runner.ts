/**
 * The four functions of a test runner that the suite needs. Those of jest and vitest fit as they
 * are; for `node:test` pass `{ describe, it, beforeAll: before, afterAll: after }`. Assertions come
 * from `node:assert/strict`, so that no runner is tied to them.
 */
export interface TestRunner {
  /** Opens a group of tests; calls `define` at once. */
  describe(name: string, define: () => void): unknown
  /** Defines a test, which fails when `test` rejects. */
  it(name: string, test: () => Promise<void>): unknown
  /** Runs before the first test of the group. */
  beforeAll(work: () => void): unknown
  /** Runs after the last test of the group. */
  afterAll(work: () => Promise<void>): unknown
}
