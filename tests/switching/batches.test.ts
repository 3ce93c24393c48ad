import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-postgres'
import createKnex from 'knex'
import { uniqueTable } from '../rig/servers/databases.js'

it('2,000 simultaneous reads take 16 or 17 statements, as the README says', async () => {
  const knex = createKnex({
    client: 'pg',
    connection: process.env['PG_URL'] ?? '',
    pool: { max: 10 },
  })
  const store = new KnexSessionStore({
    knex,
    tableName: uniqueTable('batches'),
    cleanupInterval: 0,
  })
  await store.ready
  let statements = 0
  knex.on('query', () => statements++)
  const sids = Array.from({ length: 2_000 }, (_, index) => `sid ${String(index)}`)
  await Promise.all(sids.map((sid) => store.get(sid)))
  // One more where all lanes are answered at once, and what waits then goes in two halves.
  expect([16, 17]).toContain(statements)
  await store.close()
  await knex.schema.dropTable(store.options.tableName)
  await knex.destroy()
})
