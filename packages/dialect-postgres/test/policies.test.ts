import { KnexSessionStore } from '@knex-session/core'
import { knexConfigFromUrl } from '@knex-session/dialect-testkit'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'

const name = `of_policies_${String(process.pid)}`
const session = { cookie: { originalMaxAge: 60_000 } } as unknown as SessionData

interface Raw {
  query(sql: string, done: (error: unknown) => void): void
}

/** A knex instance whose connections work as another role, which policies bind. */
function connectAsRole(): Knex {
  const afterCreate = (raw: Raw, done: (error: unknown, raw: Raw) => void) => {
    raw.query(`set role ${name}`, (error) => done(error, raw))
  }
  return createKnex({
    ...knexConfigFromUrl(process.env['PG_URL'] ?? '', { client: 'pg' }),
    pool: { min: 0, max: 2, afterCreate },
  })
}

describe('a row that a policy does not allow', () => {
  it('is refused by an error that says so, and advises no grant', async () => {
    const admin = connect({ connections: 1 })
    await admin.raw(
      `create role ${name}; create table ${name} (sid varchar(255) primary key, sess json not null, expired timestamptz not null); ` +
        `grant all on ${name} to ${name}; alter table ${name} enable row level security; ` +
        `create policy p on ${name} using (sid <> 'forbidden')`,
    )
    const knex = connectAsRole()
    const store = new KnexSessionStore({
      knex,
      dialect: postgres,
      tableName: name,
      cleanupInterval: 0,
      createTable: false,
    })
    try {
      await store.set('allowed', session)
      const refused = await store.set('forbidden', session).then(String, (error: unknown) => error)
      expect(refused).toMatchObject({
        code: 'ERR_DATABASE',
        kind: 'policy',
        message: expect.stringMatching(
          /row-level security of the table 'of_policies_\w+' refused the row/,
        ),
      })
      expect(String(refused)).not.toMatch(/grant/)
      const [[other], [allowed]] = await Promise.all([
        Promise.allSettled([store.set('forbidden', session)]),
        Promise.allSettled([store.set('allowed too', session)]),
      ])
      expect([other.status, allowed.status]).toEqual(['rejected', 'fulfilled'])
    } finally {
      await store.close()
      await knex.destroy()
      await admin.raw(`drop table ${name}; drop role ${name}`)
      await admin.destroy()
    }
  })
})
