import mysql from 'mysql2/promise'
import pg from 'pg'

/**
 * What a server says about itself.
 * @typedef {{ server: string, work: number, unit: 'transactions' | 'statements' }} Probe
 */

/**
 * @param {string} url
 * @returns {Promise<Probe>}
 */
export const probePostgres = async (url) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(
      `select current_setting('server_version') as version, (select sum(xact_commit + xact_rollback) from pg_stat_database)::float8 as work`,
    )
    return { server: `PostgreSQL ${rows[0].version}`, work: rows[0].work, unit: 'transactions' }
  } finally {
    await client.end()
  }
}

/**
 * @param {string} url
 * @returns {Promise<Probe>}
 */
export const probeMysql = async (url) => {
  const connection = await mysql.createConnection(url)
  try {
    const [versions] = await connection.query('select version() as version')
    const [counts] = await connection.query(`show global status like 'Questions'`)
    const version =
      /** @type {{ version: string }[]} */ (versions)[0]?.version ?? 'of unknown version'
    const count = /** @type {{ Value: string }[]} */ (counts)[0]?.Value ?? 0
    return {
      server: `${/mariadb/i.test(version) ? 'MariaDB' : 'MySQL'} ${version}`,
      work: Number(count),
      unit: 'statements',
    }
  } finally {
    await connection.end()
  }
}
