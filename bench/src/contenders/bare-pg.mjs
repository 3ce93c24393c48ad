import pg from 'pg'
import { poolSize } from './contender.mjs'

/**
 * One named prepared statement per call on a pool: the most that a store which sends one statement
 * per call can reach. @type {import('./contender.mjs').Contender}
 */
export const barePg = {
  name: 'pg, prepared',
  database: 'postgres',
  packages: ['pg'],
  async open({ urls, suffix }) {
    const table = `bare${suffix}`
    const pool = new pg.Pool({ connectionString: urls.postgres, max: poolSize })
    await pool.query(
      `create table if not exists ${table} (sid varchar(255) primary key, sess json not null, expired timestamptz not null)`,
    )
    await pool.query(`create index if not exists ${table}_expired on ${table} (expired)`)
    const statements = {
      get: `select sess from ${table} where sid = $1 and expired > now()`,
      set: `insert into ${table} (sid, sess, expired) values ($1, $2, $3) on conflict (sid) do update set sess = excluded.sess, expired = excluded.expired`,
      touch: `update ${table} set expired = $2 where sid = $1 and expired > now()`,
    }
    const store = {
      get: (sid, callback) =>
        pool.query({ name: 'get', text: statements.get, values: [sid] }, (error, result) =>
          callback(error, result?.rows[0]?.sess),
        ),
      set: (sid, session, callback) =>
        pool.query(
          {
            name: 'set',
            text: statements.set,
            values: [sid, JSON.stringify(session), session.cookie.expires],
          },
          callback,
        ),
      touch: (sid, session, callback) =>
        pool.query(
          { name: 'touch', text: statements.touch, values: [sid, session.cookie.expires] },
          callback,
        ),
    }
    return { store, close: () => pool.end() }
  },
}
