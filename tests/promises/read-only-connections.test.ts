import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import createKnex from 'knex'
import { beginWith } from '../rig/load/connections.mjs'
import { uniqueTable } from '../rig/servers/databases.js'
import { sessionOf } from '../rig/session-of.js'

interface Connection {
  on(event: 'end', listener: () => void): void
}

describe.each([
  {
    name: 'PostgreSQL',
    client: 'pg',
    variable: 'PG_URL',
    readOnly: 'set default_transaction_read_only = on',
  },
  {
    name: 'MariaDB',
    client: 'mysql2',
    variable: 'MYSQL_URL',
    readOnly: 'set session transaction read only',
  },
])(
  'a pool whose connections lead to a $name that was the primary before',
  ({ client, variable, readOnly }) => {
    it('is given a new one for each that a write comes to, and the call is not failed', async () => {
      const tableName = uniqueTable('demoted')
      const made: Connection[] = []
      let ended = 0
      let isDemoted = false
      const knex = createKnex({
        client,
        connection: process.env[variable] ?? '',
        log: { warn: () => undefined },
        pool: {
          min: 0,
          max: 1,
          afterCreate(
            connection: Connection,
            done: (error: unknown, connection: Connection) => void,
          ) {
            made.push(connection)
            connection.on('end', () => ended++)
            if (isDemoted) beginWith([readOnly]).afterCreate(connection as never, done as never)
            else done(null, connection)
          },
        },
      })
      const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
      try {
        await store.set('a', sessionOf())
        await knex.raw(readOnly)
        isDemoted = true
        const first = made.length
        const writing = store.set('b', sessionOf())
        while (made.length < first + 2) await new Promise((resolve) => setImmediate(resolve))
        isDemoted = false
        await writing
        expect(await store.get('b')).not.toBeNull()
        expect(made).toHaveLength(first + 3)
        expect(ended).toBe(made.length - 1)
      } finally {
        await store.close()
        await knex.schema.dropTableIfExists(tableName)
        await knex.destroy()
      }
    })
  },
)
