import mysql from 'mysql2/promise'

/**
 * For knex's option `connection`: the first node of a Galera cluster that takes statements. It is
 * looked for again after `moved`.
 * @param {readonly string[]} urls
 */
export function writerOf(urls) {
  let stale = true

  const connection = async () => {
    for (const uri of urls) {
      try {
        const connection = await mysql.createConnection({ uri, connectTimeout: 2_000 })
        connection.on('error', () => undefined)
        try {
          const [rows] = await connection.query(`show status like 'wsrep_ready'`)
          if (/** @type {{ Value: string }[]} */ (rows)[0]?.Value !== 'ON') continue
        } finally {
          connection.destroy()
        }
        stale = false
        const { hostname, port, username, password, pathname } = new URL(uri)
        const login = {
          host: hostname,
          port: Number(port),
          user: username,
          password,
          database: pathname.slice(1),
        }
        return { ...login, connectTimeout: 2_000, expirationChecker: () => stale }
      } catch {
        // This one is away: the next.
      }
    }
    // A code that the store knows as a lost connection, so that it tries again.
    throw Object.assign(new Error('no node takes statements'), { code: 'ECONNREFUSED' })
  }

  return { connection, moved: () => (stale = true) }
}
