/**
 * Why a target is missed, as far as it was looked into on the machine of the results. Shown for
 * those that a run has not reached.
 * @type {readonly { of: RegExp, why: string }[]}
 */
const reasons = [
  {
    of: /^PostgreSQL (get|set), 1 caller: against pg, prepared/,
    why: 'One caller waits for one round trip at a time. Ours spends 34 µs of processor time on a get and the bare driver 23: a connection from knex’s pool, the time limit, the check of what was read. The rest is how fast two processes wake each other, which the spread shows.',
  },
  {
    of: /^MariaDB (set|touch), 1 caller/,
    why: 'Each commit waits for the disk, a quarter of a millisecond for every store. Besides, the server takes ours 15 µs longer to compare session ids byte for byte and as much to check that a session is JSON (measured without the disk), and this process some 30 µs for a connection from knex’s pool and the time limit. express-mysql-session does none of these.',
  },
  {
    of: /^MariaDB set, 64 callers/,
    why: 'All of it waits for the disk, and the samples differ by more than what is missing.',
  },
  {
    of: /^HTTP write, 100 connections/,
    why: 'Every request changes its session here, so there is no touch to leave out. Express and express-session take nine tenths of the processor time of a request (profiled), so every store comes close to MemoryStore, which is itself less than three times as fast as connect-pg-simple.',
  },
  {
    of: /^HTTP .*, 10 connections/,
    why: 'With ten requests at a time a batch holds few of them, and a request waits for two round trips to a server on the same two cores.',
  },
  {
    of: /get p50, 64 callers: 1,000,000/,
    why: 'A batch looks up 64 places of a table and an index that do not fit the processor’s caches any more, where ten thousand sessions do. A single caller hardly notices.',
  },
  {
    of: /^SQLite get p50, 1 caller: 1,000,000/,
    why: 'A read takes ten microseconds, and the table is one level deeper.',
  },
  {
    of: /^SQLite touch, 1 caller/,
    why: 'better-sqlite3-session-store has no index on the expiry, which every touch changes: its prune reads the whole table. The table of microseconds shows what the store itself adds.',
  },
  {
    of: /pruning .*: set p99/,
    why: 'A set under this load takes few milliseconds at its 99th percentile, and on two cores the delete takes its part of one of them.',
  },
]

/**
 * The reasons for those of the targets that were not reached. @param {readonly { text: string,
 * reached: boolean }[]} targets @returns {readonly { targets: readonly string[], why: string }[]}
 */
export function reasonsFor(targets) {
  const missed = targets.filter(({ reached }) => !reached).map(({ text }) => text)
  return reasons
    .map(({ of, why }) => ({ targets: missed.filter((text) => of.test(text)), why }))
    .filter((reason) => reason.targets.length > 0)
}
