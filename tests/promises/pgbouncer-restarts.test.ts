import { setTimeout as delay } from 'node:timers/promises'
import { start as startPgbouncer } from '../../scripts/servers/pgbouncer.mjs'
import { uniqueTable } from '../rig/servers/databases.js'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { outage } from '../rig/servers/outage.js'
import { applicationKnex } from '../rig/servers/private-servers.js'

it('a PgBouncer in transaction mode that is killed and started again, twice, under load, is not noticed by anybody', async () => {
  const tableName = uniqueTable('pooled')
  const upstream = process.env['PG_URL'] ?? ''
  const pooler = await startPgbouncer({
    upstream,
    poolMode: 'transaction',
    settings: { default_pool_size: 4 },
  })
  const knex = applicationKnex('pg', pooler.url)
  const load = await LoadProcess.start({ knex, store: { tableName } })
  await load.begin()
  const away: string[] = []
  for (let round = 0; round < 2; round++) {
    await delay(500)
    away.push(await outage(pooler, 700))
  }
  await delay(500)
  const remains = { knex: applicationKnex('pg', upstream), tableName }
  const { report } = await conclude(
    `PgBouncer killed twice, away for ${away.join(', ')} s`,
    load,
    remains,
  )
  expect(report.errors).toEqual({})
  await pooler.stop()
})
