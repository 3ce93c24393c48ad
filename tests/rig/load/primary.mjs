import pg from 'pg'

/**
 * For knex's option `pool.afterCreate`: takes no connection to a standby into the pool. One that
 * was a primary ends its connections when it is demoted.
 * @param {pg.Client} connection
 * @param {(error: unknown, connection: pg.Client) => void} done
 */
export function primaryOnly(connection, done) {
  connection.query('select pg_is_in_recovery() as standby', (error, result) => {
    const standby = result?.rows[0].standby
    if (error || standby) void connection.end()
    // The code of PostgreSQL for a server that takes no writes, so that the store tries again.
    const refused = Object.assign(new Error('this server is a standby'), { code: '25006' })
    done(error ?? (standby ? refused : null), connection)
  })
}

/**
 * For knex's option `connection`: the server among several that takes writes. It is looked for
 * again after `moved`.
 * @param {readonly string[]} urls
 */
export function primaryOf(urls) {
  let stale = true

  const connection = async () => {
    for (const connectionString of urls) {
      const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 })
      // A server that goes away meanwhile is no reason to end the process.
      client.on('error', () => undefined)
      try {
        await client.connect()
        const { rows } = await client.query('select pg_is_in_recovery() as standby')
        if (rows[0].standby) continue
        stale = false
        return { connectionString, connectionTimeoutMillis: 2_000, expirationChecker: () => stale }
      } catch {
        // This one is away: the next.
      } finally {
        void client.end().catch(() => undefined)
      }
    }
    // A code that the store knows as a lost connection, so that it tries again.
    throw Object.assign(new Error('no server takes writes'), { code: 'ECONNREFUSED' })
  }

  return { connection, moved: () => (stale = true) }
}
