import connectPgSimple from 'connect-pg-simple'
import session from 'express-session'
import pg from 'pg'
import { poolSize } from './contender.mjs'

/** @type {import('./contender.mjs').Contender} */
export const pgSimple = {
  name: 'connect-pg-simple',
  database: 'postgres',
  packages: ['connect-pg-simple', 'pg'],
  async open({ urls, suffix }) {
    const pool = new pg.Pool({ connectionString: urls.postgres, max: poolSize })
    // node-postgres: without a listener, an idle connection that breaks ends the process.
    pool.on('error', () => undefined)
    const tableName = `pg_simple${suffix}`
    // The store's own script names its index and constraint without the table, so it can run once
    // per database only.
    await pool.query(
      `create table if not exists ${tableName} (sid varchar not null primary key, sess json not null, expire timestamp(6) not null)`,
    )
    await pool.query(`create index if not exists ${tableName}_expire on ${tableName} (expire)`)
    const store = new (connectPgSimple(session))({ pool, tableName, pruneSessionInterval: false })
    return {
      store,
      columns: { table: tableName, sid: 'sid', sess: 'sess', expired: 'expire' },
      prune: () =>
        new Promise((resolve, reject) =>
          store.pruneSessions((error) => (error ? reject(error) : resolve(undefined))),
        ),
      async close() {
        await store.close()
        await pool.end()
      },
    }
  },
}
