import mysql from 'mysql2'
import { poolSize } from './contender.mjs'

/** One prepared statement per call on a pool. @type {import('./contender.mjs').Contender} */
export const bareMysql2 = {
  name: 'mysql2, prepared',
  database: 'mariadb',
  packages: ['mysql2'],
  async open({ urls, suffix }) {
    const table = `bare${suffix}`
    const pool = mysql.createPool({ uri: urls.mariadb, connectionLimit: poolSize, timezone: 'Z' })
    await pool
      .promise()
      .query(
        `create table if not exists ${table} (sid varchar(255) character set utf8mb4 collate utf8mb4_bin primary key, ` +
          'sess mediumtext character set utf8mb4 not null, expired datetime(3) not null, index (expired))',
      )
    const read = `select sess from ${table} where sid = ? and expired > utc_timestamp(3)`
    const write = `insert into ${table} (sid, sess, expired) values (?, ?, ?) on duplicate key update sess = values(sess), expired = values(expired)`
    const move = `update ${table} set expired = ? where sid = ? and expired > utc_timestamp(3)`
    const store = {
      get: (sid, callback) =>
        pool.execute(read, [sid], (error, rows) =>
          error ? callback(error) : callback(null, JSON.parse(rows[0].sess)),
        ),
      set: (sid, session, callback) =>
        pool.execute(write, [sid, JSON.stringify(session), session.cookie.expires], callback),
      touch: (sid, session, callback) =>
        pool.execute(move, [session.cookie.expires, sid], callback),
    }
    return { store, close: () => pool.promise().end() }
  },
}
