/**
 * The four functions of a test runner that the suite needs. Pass those of jest or vitest as they
 * are; for `node:test` pass `{ describe, it, beforeAll: before, afterAll: after }`. The suite
 * asserts with `node:assert/strict`, so it needs nothing else of a runner.
 */
export interface TestRunner {
  /** Opens a group of tests, and calls `define` at once. */
  describe(name: string, define: () => void): unknown
  /** Defines a test, which fails when `test` rejects. */
  it(name: string, test: () => Promise<void>): unknown
  /** Runs before the first test of the group. */
  beforeAll(work: () => void): unknown
  /** Runs after the last test of the group. */
  afterAll(work: () => Promise<void>): unknown
}
