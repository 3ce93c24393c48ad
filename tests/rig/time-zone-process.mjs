// A process of the test of time zones, in the time zone of its variable TZ. It writes or reads the
// sessions of every combination of a server's and a driver's time zone, and prints as JSON how many
// it looked at and what was wrong.
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import createKnex from 'knex'

/**
 * @type {{ phase: 'write' | 'read', zones: string[], points: number[], now: number, pg: string,
 * mysql: string, file: string, tables: { name: string, step: Record<string, number> }[] }}
 */
const task = JSON.parse(process.env['TIME_ZONE_TASK'] ?? '')
const { points, now, zones, tables } = task

/** Runs SQL on each new connection, by the driver. */
const onConnect = (/** @type {string} */ sql) => ({
  min: 0,
  max: 2,
  /**
   * @param {{ query(sql: string, done: (error: unknown) => void): void }} connection @param
   * {(error: unknown, connection: unknown) => void} done
   */
  afterCreate: (connection, done) => connection.query(sql, (error) => done(error, connection)),
})

const mysqlAddress = () => {
  const { hostname, port, username, password, pathname } = new URL(task.mysql)
  const account = { user: decodeURIComponent(username), password: decodeURIComponent(password) }
  return {
    host: hostname,
    port: Number(port),
    ...account,
    database: decodeURIComponent(pathname.slice(1)),
  }
}

/** @returns {{ database: string, name: string, config: import('knex').Knex.Config }[]} */
const combinations = () => {
  const all = []
  for (const zone of ['UTC', 'America/New_York', 'Australia/Lord_Howe']) {
    for (const [style, types] of /** @type {const} */ ([
      ['ISO', undefined],
      ['SQL, DMY', { getTypeParser: () => (/** @type {unknown} */ text) => text }],
    ])) {
      const connection = { connectionString: task.pg, ...(types && { types }) }
      const pool = onConnect(`set timezone = '${zone}'; set datestyle = '${style}'`)
      all.push({
        database: 'pg',
        name: `pg ${zone} ${style}`,
        config: { client: 'pg', connection, pool },
      })
    }
  }
  for (const client of ['mysql2', 'mariadb']) {
    for (const zone of ['SYSTEM', '+13:00', '-09:30']) {
      for (const timezone of ['local', 'Z', '+05:30']) {
        const connection = {
          ...mysqlAddress(),
          timezone,
          ...(timezone === 'Z' && client === 'mysql2' && { dateStrings: true }),
        }
        const pool = onConnect(`set time_zone = '${zone}'`)
        all.push({
          database: 'mysql',
          name: `${client} ${zone} ${timezone}`,
          config: { client, connection, pool },
        })
      }
    }
  }
  all.push({
    database: 'sqlite',
    name: 'better-sqlite3',
    config: {
      client: 'better-sqlite3',
      connection: { filename: task.file },
      useNullAsDefault: true,
    },
  })
  return all
}

const sidsOf = (/** @type {string} */ zone, /** @type {string} */ combination) =>
  points.map((at, index) => ({ sid: `${zone} ${combination} ${String(index)}`, at, index }))

const session = (/** @type {number} */ at, /** @type {boolean} */ asDate) =>
  /** @type {import('express-session').SessionData} */ (
    /** @type {unknown} */ ({
      cookie: { originalMaxAge: 1, expires: asDate ? new Date(at) : new Date(at).toISOString() },
    })
  )

/** @type {string[]} */
const wrong = []
let looks = 0

const check = (
  /** @type {number} */ actual,
  /** @type {number} */ expected,
  /** @type {number} */ step,
  /** @type {string} */ what,
) => {
  looks++
  if (!(Math.abs(actual - expected) < step))
    wrong.push(`${what}: ${String(actual - expected)} ms off`)
}

for (const { database, name, config } of combinations()) {
  const knex = createKnex(config)
  for (const table of tables) {
    const step = table.step[database] ?? 1
    const storeAt = (/** @type {number} */ time) =>
      new KnexSessionStore({
        knex,
        tableName: table.name,
        cleanupInterval: 0,
        createTable: false,
        clock: () => time,
      })
    const store = storeAt(now)
    if (task.phase === 'write') {
      await Promise.all(
        sidsOf(process.env['TZ'] ?? '', name).map(async ({ sid, at, index }) => {
          // Half of them get their expiry by a touch.
          await store.set(sid, session(index % 2 === 0 ? at : at + 86_400_000, index % 4 < 2))
          if (index % 2 === 1) await store.touch(sid, session(at, index % 4 < 2))
        }),
      )
      continue
    }
    const written = zones.flatMap((zone) =>
      combinations()
        .filter((each) => each.database === database)
        .flatMap((each) => sidsOf(zone, each.name)),
    )
    const read = await Promise.all(written.map(({ sid }) => store.get(sid)))
    written.forEach(({ sid, at }, index) => {
      const cookie = /** @type {{ expires?: string } | undefined} */ (
        /** @type {unknown} */ (read[index]?.cookie)
      )
      check(
        Date.parse(cookie?.expires ?? ''),
        at,
        step,
        `${table.name}: '${sid}' read by ${process.env['TZ'] ?? ''} ${name}`,
      )
    })
    // The server's own comparison, at each point and just before it.
    for (const time of points.flatMap((at) => [at - step, at])) {
      const live = written.filter(({ at }) => Math.floor(at / step) * step > time).length
      check(
        await storeAt(time).length(),
        live,
        1,
        `${table.name}: live at ${String(time)} by ${process.env['TZ'] ?? ''} ${name}`,
      )
    }
  }
  await knex.destroy()
}

console.log(JSON.stringify({ looks, wrong: wrong.slice(0, 10) }))
