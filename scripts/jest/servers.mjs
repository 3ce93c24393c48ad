import { start as startMariadb } from '../servers/mariadb.mjs'
import { start as startPostgres } from '../servers/postgres.mjs'
import { record } from './facts.mjs'
import { probeMysql, probePostgres } from './probes.mjs'

/** @type {(() => Promise<void>)[]} */
const stops = []

/**
 * Puts a server's URL where the tests look for it. One that is set already is used as it is.
 * @param {object} need
 * @param {string} need.database
 * @param {string} need.variable
 * @param {(options: { durable: boolean }) => Promise<import('../servers/process.mjs').Server>}
 * need.start
 * @param {(url: string) => Promise<import('./probes.mjs').Probe>} need.probe
 */
const provide = async ({ database, variable, start, probe }) => {
  if (provided.has(variable)) return
  provided.add(variable)
  const given = process.env[variable]
  const server = given ? undefined : await start({ durable: false })
  const url = given || server?.url || ''
  process.env[variable] = url
  const before = await probe(url)
  record({ database, server: before.server, origin: server ? 'private' : 'given' })
  stops.push(async () => {
    provided.delete(variable)
    try {
      const after = await probe(url)
      record({ database, work: after.work - before.work, unit: after.unit })
    } finally {
      if (server) {
        delete process.env[variable]
        await server.stop()
      }
    }
  })
}

const provided = new Set()

export const providePostgres = () =>
  provide({
    database: 'PostgreSQL',
    variable: 'PG_URL',
    start: startPostgres,
    probe: probePostgres,
  })

export const provideMariadb = () =>
  provide({ database: 'MySQL', variable: 'MYSQL_URL', start: startMariadb, probe: probeMysql })

export const stopServers = async () => {
  for (const stop of stops.splice(0)) await stop()
}
