import mysqlSession from 'express-mysql-session'
import session from 'express-session'
import { poolSize } from './contender.mjs'

/** @type {import('./contender.mjs').Contender} */
export const expressMysqlSession = {
  name: 'express-mysql-session',
  database: 'mariadb',
  packages: ['express-mysql-session', 'mysql2'],
  async open({ urls, suffix }) {
    const server = new URL(urls.mariadb)
    const store = new (mysqlSession(session))({
      host: server.hostname,
      port: Number(server.port),
      user: server.username,
      password: server.password,
      database: server.pathname.slice(1),
      connectionLimit: poolSize,
      clearExpired: false,
      schema: { tableName: `mysql_session${suffix}` },
    })
    await store.onReady()
    return { store, close: () => store.close() }
  },
}
