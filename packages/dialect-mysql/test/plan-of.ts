import type { Sent } from '../../dialect-testkit/test/sent-queries.js'
import type { Knex } from 'knex'

/** How a server goes about the first table of a query. */
interface Plan {
  readonly type: string
  readonly key: string
  readonly rows: number
  readonly Extra: string
}

/** How MySQL or MariaDB would go about the first table of a query that was sent. */
export async function planOf(knex: Knex, { sql, bindings }: Sent): Promise<Plan> {
  const [[server]] = (await knex.raw('select version() as version')) as [[{ version: string }]]
  const explain = /mariadb/i.test(server.version) ? 'explain' : 'explain format = traditional'
  // What follows is not planned otherwise for how long it waits for locks, and `explain` stands
  // before it.
  const text = sql.replace(/^\/\*M!\d+ set statement .*? for \*\/ /, '')
  const [[plan]] = (await knex.raw(`${explain} ${text}`, bindings)) as [[Plan]]
  return plan
}
