import { parseArgs } from 'node:util'

/**
 * How much each scenario does.
 * @typedef {object} Numbers
 * @property {number} visitors who ask at the same time
 * @property {number} pauseMs of a visitor between an answer and the next request
 * @property {number} beforeMs of load before the server is killed
 * @property {number} awayMs how long it stays away
 * @property {number} afterMs of load after it is back
 * @property {number} hangMs how long a request is waited for
 * @property {number} sessions of the ordered writes
 * @property {number} writes of each of them
 * @property {number} writingMs how long writes are made before the server is killed
 * @property {number} logouts
 * @property {number} requests under way during each of them
 * @property {number} requestMs how long each of them takes
 */

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {readonly string[]} only each of them has to occur in the label of what runs; commas
 * stand between alternatives
 * @property {number} repeats
 * @property {string} [out] the file of results. Default: one in bench/results
 * @property {boolean} docs whether to write docs/comparison.md
 * @property {Numbers} numbers
 */

export const usage = `npm run compare [-- [--quick] [--only <text>]... [--repeats <n>] [--out <file>] [--no-docs]]

  Runs faults and orders of writes on knex-session, connect-pg-simple, connect-session-knex,
  express-mysql-session and connect-redis, each in an Express application of its own, on servers that it starts
  itself (Debian and Ubuntu: installed with apt-get where they are missing), and writes docs/comparison.md from
  what came out. About ten minutes.

  --quick        small numbers, once; docs/comparison.md stays as it is
  --only         run only what has the text in its label, such as killed-server/postgres/connect-pg-simple;
                 may be given several times (all must occur), a comma means "or"; docs/comparison.md stays as it is
  --repeats      how often each figure is taken (3)
  --out          the file of results (one in bench/results)
  --no-docs      leave docs/comparison.md as it is
  --help         this text`

/** @type {Numbers} */
const full = {
  visitors: 64,
  pauseMs: 50,
  beforeMs: 1_000,
  awayMs: 3_000,
  afterMs: 3_000,
  hangMs: 30_000,
  sessions: 500,
  writes: 20,
  writingMs: 1_000,
  logouts: 20,
  requests: 20,
  requestMs: 400,
}

/** @type {Numbers} */
const small = {
  ...full,
  visitors: 8,
  beforeMs: 300,
  awayMs: 500,
  afterMs: 500,
  hangMs: 12_000,
  sessions: 50,
  writingMs: 300,
  logouts: 3,
}

/** @param {readonly string[]} args @returns {Options} */
export function readOptions(args) {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      repeats: { type: 'string' },
      out: { type: 'string' },
      'no-docs': { type: 'boolean', default: false },
    },
  })
  const { help, quick, only, out } = values
  const repeats = Number(values.repeats ?? (quick ? 1 : 3))
  if (!Number.isSafeInteger(repeats) || repeats < 1)
    throw new Error('--repeats: expected a whole number of at least 1')
  return {
    help,
    only,
    repeats,
    ...(out !== undefined && { out }),
    docs: !quick && only.length === 0 && !values['no-docs'],
    numbers: quick ? small : full,
  }
}
