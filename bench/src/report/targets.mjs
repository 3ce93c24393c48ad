import { spread } from './statistics.mjs'

/**
 * A ratio to reach.
 * @typedef {object} Target
 * @property {string} text
 * @property {'at least' | 'at most'} direction
 * @property {number} limit
 * @property {string} unit `×` for ratios
 * @property {(cells: readonly any[]) => number[] | undefined} measured one value per repeat;
 * undefined where it was not measured
 */

const ours = 'knex-session'
const names = { postgres: 'PostgreSQL', mariadb: 'MariaDB', sqlite: 'SQLite' }
/** A set against one without a prune; on SQLite each step blocks the process. */
const prunedP99 = { postgres: 1.15, mariadb: 1.15, sqlite: 1.3 }
const databaseOf = {
  'connect-pg-simple': 'postgres',
  'pg, prepared': 'postgres',
  'express-mysql-session': 'mariadb',
  'better-sqlite3-session-store': 'sqlite',
  'connect-redis': 'redis',
  MemoryStore: 'memory',
}

/** The ratios that are promised, with sessions of about 400 bytes. @type {readonly Target[]} */
export const targets = [
  ...calls('postgres', 'get', 64, {
    'connect-pg-simple': 7,
    'connect-session-knex': 9,
    'connect-redis': 2.2,
  }),
  ...calls('postgres', 'get', 256, { 'connect-pg-simple': 10, 'connect-redis': 3 }),
  ...calls('postgres', 'get', 16, { 'connect-pg-simple': 3.5 }),
  ...calls('postgres', 'set', 64, { 'connect-pg-simple': 5, 'connect-redis': 0.7 }),
  ...calls('postgres', 'set', 256, { 'connect-pg-simple': 8, 'connect-redis': 1.15 }),
  ...calls('postgres', 'touch', 1, { 'connect-pg-simple': 2.5 }),
  ...calls('postgres', 'touch', 64, { 'connect-pg-simple': 7 }),
  ...calls('postgres', 'get', 1, { 'pg, prepared': 0.87, 'connect-pg-simple': 1 }),
  ...calls('postgres', 'set', 1, { 'pg, prepared': 0.87, 'connect-pg-simple': 1 }),
  ...calls('mariadb', 'get', 64, { 'express-mysql-session': 4 }),
  ...calls('mariadb', 'set', 64, { 'express-mysql-session': 3 }),
  ...calls('mariadb', 'get', 1, { 'express-mysql-session': 1 }),
  ...calls('mariadb', 'set', 1, { 'express-mysql-session': 1 }),
  ...calls('mariadb', 'touch', 1, { 'express-mysql-session': 1 }),
  ...calls('sqlite', 'get', 64, { 'better-sqlite3-session-store': 2 }),
  ...calls('sqlite', 'set', 64, { 'better-sqlite3-session-store': 2.5 }),
  ...calls('sqlite', 'get', 1, { 'better-sqlite3-session-store': 1 }),
  ...calls('sqlite', 'set', 1, { 'better-sqlite3-session-store': 1 }),
  ...calls('sqlite', 'touch', 1, { 'better-sqlite3-session-store': 1 }),
  ...http('read', 100, { MemoryStore: 1.1, 'connect-pg-simple': 3, 'connect-redis': 1.1 }),
  ...http('write', 100, { MemoryStore: 0.95, 'connect-pg-simple': 3, 'connect-redis': 1 }),
  ...http('read', 10, { MemoryStore: 0.92, 'connect-pg-simple': 2.4, 'connect-redis': 1.1 }),
  ...Object.keys(names).flatMap((database) => [growth(database, 1), growth(database, 64)]),
  ...Object.keys(names).flatMap(prune),
]

/**
 * Every target with what was measured. @param {readonly any[]} cells @param {readonly Target[]}
 * [list]
 */
export function evaluate(cells, list = targets) {
  return list.flatMap(({ measured, ...target }) => {
    const values = measured(cells)
    if (!values || values.length === 0) return []
    const figures = spread(values)
    const reached =
      target.direction === 'at least'
        ? figures.median >= target.limit
        : figures.median <= target.limit
    return [{ ...target, ...figures, reached }]
  })
}

/**
 * What was said about a cell of calls with sessions of 4 KB or other sizes is left to the tables.
 */
function calls(database, workload, callers, limits) {
  const key = { suite: 'calls', workload, callers, size: 400 }
  return peers(
    `${names[database]} ${workload}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    key,
    database,
    limits,
    (sample) => sample,
  )
}

function http(route, connections, limits) {
  const key = { suite: 'http', route, connections }
  return peers(
    `HTTP ${route}, ${connections} connections`,
    key,
    'postgres',
    limits,
    ({ rate }) => rate,
  )
}

/** Ours to theirs, repeat by repeat: the two samples of a repeat lie close together in time. */
function peers(text, key, database, limits, value) {
  return Object.entries(limits).map(([peer, limit]) => ({
    text: `${text}: against ${peer}`,
    direction: 'at least',
    limit,
    unit: '×',
    measured(cells) {
      const mine = find(cells, { ...key, database, contender: ours })
      const theirs = find(cells, {
        ...key,
        database: databaseOf[peer] ?? database,
        contender: peer,
      })
      return (
        mine &&
        theirs &&
        mine.samples.map((sample, repeat) => value(sample) / value(theirs.samples[repeat]))
      )
    },
  }))
}

function growth(database, callers) {
  return {
    text: `${names[database]} get p50, ${callers} ${callers === 1 ? 'caller' : 'callers'}: 1,000,000 live sessions against 10,000`,
    direction: 'at most',
    limit: 1.2,
    unit: '×',
    measured(cells) {
      const [few, many] = [10_000, 1_000_000].map((rows) =>
        find(cells, { suite: 'growth', rows, callers, database, contender: ours }),
      )
      return (
        few && many && many.samples.map((sample, repeat) => sample.p50 / few.samples[repeat].p50)
      )
    },
  }
}

function prune(database) {
  const measured = (value) => (cells) =>
    find(cells, { suite: 'prune', rows: 500_000, database, contender: ours })?.samples.map(value)
  const text = `${names[database]}, pruning 500,000 rows under 64 writers`
  return [
    {
      text: `${text}: set p99, against no prune`,
      direction: 'at most',
      limit: prunedP99[database],
      unit: '×',
      measured: measured(({ baseline, during }) => during.p99 / baseline.p99),
    },
    {
      text: `${text}: growth of resident memory`,
      direction: 'at most',
      limit: 50,
      unit: 'MB',
      measured: measured(({ memoryGrowth }) => memoryGrowth / 1e6),
    },
  ]
}

function find(cells, key) {
  return cells.find((cell) => Object.entries(key).every(([name, value]) => cell[name] === value))
}
