import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import session from 'express-session'
import type { Knex } from 'knex'
import { databases } from '../rig/servers/databases.js'
import { heapUsed } from '../rig/heap-used.js'
import { openPrivateServers } from '../rig/servers/private-servers.js'

const rows = 1_000_000
const hour = 3_600_000
const ofAnn = '{"cookie":{},"user":"ann"}'

/**
 * Fills a table with a million sessions: one in a thousand is Ann's, one in five hundred has
 * expired.
 */
const fill: Readonly<Record<string, (table: string) => readonly string[]>> = {
  PostgreSQL: (table) => [
    `insert into ${table} (sid, sess, expired, user_id, created_at, last_seen_at)
     select 'sid-' || n, (case when n % 1000 = 0 then '${ofAnn}' else '{"cookie":{}}' end)::json,
       now() + case when n % 500 = 1 then -1 else 1 end * interval '1 hour',
       case when n % 1000 = 0 then 'ann' else 'user-' || (n % 200000) end, now(), now()
     from generate_series(1, ${String(rows)}) as n`,
    `analyze ${table}`,
  ],
  MariaDB: (table) => [
    `insert into ${table} (sid, sess, expired, user_id, created_at, last_seen_at)
     select concat('sid-', seq), if(seq % 1000 = 0, '${ofAnn}', '{"cookie":{}}'),
       utc_timestamp(3) + interval if(seq % 500 = 1, -1, 1) hour,
       if(seq % 1000 = 0, 'ann', concat('user-', seq % 200000)), utc_timestamp(3), utc_timestamp(3)
     from seq_1_to_${String(rows)}`,
    `analyze table ${table}`,
  ],
  SQLite: (table) => [
    `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${String(rows)})
     insert into ${table} (sid, sess, expired, user_id, created_at, last_seen_at)
     select 'sid-' || n, iif(n % 1000 = 0, '${ofAnn}', '{"cookie":{}}'),
       strftime('%Y-%m-%dT%H:%M:%fZ', 'now', iif(n % 500 = 1, '-1 hour', '+1 hour')),
       iif(n % 1000 = 0, 'ann', 'user-' || (n % 200000)),
       strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
     from numbers`,
    `analyze`,
  ],
}

interface Sent {
  readonly sql: string
  readonly bindings: readonly Knex.RawBinding[]
}

/** How the database would go about a statement: one line for each table or index it reads. */
const explain: Readonly<Record<string, (knex: Knex, sent: Sent) => Promise<readonly string[]>>> = {
  PostgreSQL: async (knex, { sql, bindings }) => {
    const text = sql.replaceAll(/\$\d+/g, '?')
    const plan = await knex.raw<{ rows: Record<string, string>[] }>(`explain ${text}`, bindings)
    return plan.rows.map((row) => String(row['QUERY PLAN']))
  },
  MariaDB: async (knex, { sql, bindings }) => {
    type Row = Readonly<Record<'select_type' | 'table' | 'type' | 'key', string>>
    // The statement itself, without the setting that MariaDB takes before it.
    const text = sql.replace(/^\/\*M!.*? for \*\/ /u, '')
    const [plan] = (await knex.raw(`explain ${text}`, bindings)) as [readonly Row[]]
    return plan
      .filter((row) => row.select_type !== 'INSERT')
      .map((row) => `${row.type} ${row.table} ${row.key}`)
  },
  SQLite: async (knex, { sql, bindings }) => {
    const plan = await knex.raw<{ detail: string }[]>(`explain query plan ${sql}`, bindings)
    return plan.map(({ detail }) => detail)
  },
}

/** A line of a plan that reads the whole table, whichever index it walks along. */
const wholeTable: Readonly<Record<string, (table: string) => RegExp>> = {
  PostgreSQL: (table) => new RegExp(`Seq Scan on "?${table}`, 'u'),
  MariaDB: (table) => new RegExp(`^(ALL|index) ${table} `, 'u'),
  SQLite: (table) => new RegExp(`^SCAN "?${table}`, 'u'),
}

openPrivateServers()

const sessionOf = (user: string): SessionData =>
  ({ cookie: { originalMaxAge: hour, expires: new Date(Date.now() + hour) }, user }) as never

/** A session of express-session, as a request makes it. */
function newSession(sid: string, store: KnexSessionStore, user: string): SessionData {
  const request = { sessionID: sid, sessionStore: store } as never
  return new (session as unknown as { Session: new (...args: unknown[]) => SessionData }).Session(
    request,
    sessionOf(user),
  )
}

/** Each call, for one session and for some at once where calls share statements. */
const calls: Readonly<Record<string, (store: KnexSessionStore) => Promise<unknown>>> = {
  get: (store) => eachOf(64, (n) => store.get(`sid-${n}`)),
  'set by a script': (store) => eachOf(64, (n) => store.set(`sid-${n}`, sessionOf('bob'))),
  'set of what was loaded': (store) =>
    eachOf(64, async (n) => store.set(`sid-${n}`, (await store.get(`sid-${n}`)) as SessionData)),
  'set of a new session': (store) =>
    eachOf(64, (n) => store.set(`new-${n}`, newSession(`new-${n}`, store, 'cleo'))),
  touch: (store) => eachOf(64, (n) => store.touch(`sid-${n}`, sessionOf('bob'))),
  destroy: (store) => eachOf(64, (n) => store.destroy(`sid-${n}`)),
  prune: (store) => store.prune(),
  'list of a user': (store) => store.sessionsOf('ann').list(),
  'count of a user': (store) => store.sessionsOf('ann').count(),
  'revoke of a handle': async (store) => {
    const [first] = await store.sessionsOf('ann').list()
    expect(await store.sessionsOf('ann').revoke(String(first?.handle))).toBe(true)
  },
  'revoke of the others': (store) => store.sessionsOf('user-17').revokeOthers('sid-17'),
  'log-in of a user with many': (store) => store.set('new', sessionOf('ann')),
  'revoke of all': (store) => store.sessionsOf('ann').revokeAll(),
}

async function eachOf(count: number, call: (n: number) => Promise<unknown>): Promise<void> {
  await call(2)
  await Promise.all(Array.from({ length: count }, (_, index) => call(10 * index + 3)))
}

describe.each(databases)(
  'on $name, in a table of a million sessions',
  ({ name, adapter, open }) => {
    const table = `plans_${String(process.pid)}`
    let knex: Knex
    let end: () => Promise<void>
    let store: KnexSessionStore

    beforeAll(async () => {
      const opened = open({ connections: 4 })
      knex = opened.knex
      store = new KnexSessionStore({
        knex,
        dialect: adapter,
        tableName: table,
        cleanupInterval: 0,
        touchInterval: 0,
        // So that knex reports every statement.
        preparedStatements: false,
        userId: (session) => (session as { user?: string }).user,
        maxSessionsPerUser: 900,
        timeout: 60_000,
      })
      end = async () => {
        await store.close()
        await knex.schema.dropTable(table)
        await opened.close()
      }
      await store.ready
      for (const statement of fill[name]?.(table) ?? []) await knex.raw(statement)
    }, 300_000)

    afterAll(() => end())

    it('goes through all of them in the memory of a page', async () => {
      const before = heapUsed()
      let [count, most] = [0, 0]
      for await (const { sid } of store.entries())
        if (sid !== '' && ++count % 50_000 === 0) most = Math.max(most, heapUsed() - before)
      // Each of the million is a hundred bytes at least.
      expect(most).toBeLessThan(20_000_000)
      expect(count).toBeGreaterThan(0.99 * rows)
    }, 600_000)

    it.each(Object.entries(calls))(
      '%s finds its rows by an index',
      async (_, call) => {
        const sent: Sent[] = []
        const listen = (query: Sent) => sent.push(query)
        knex.on('query', listen)
        await call(store)
        knex.removeListener('query', listen)
        const statements = sent.filter(({ sql }) => sql.includes(table))
        expect(statements.length).toBeGreaterThan(0)
        for (const statement of new Map(statements.map((each) => [each.sql, each])).values()) {
          const plan = (await explain[name]?.(knex, statement)) ?? []
          const whole = wholeTable[name]?.(table) ?? /^/u
          expect({ sql: statement.sql, plan: plan.filter((line) => whole.test(line)) }).toEqual({
            sql: statement.sql,
            plan: [],
          })
        }
      },
      120_000,
    )
  },
)
