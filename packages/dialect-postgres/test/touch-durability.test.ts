import { randomUUID } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import '../src/index.js'

const tableName = `durable_${randomUUID().slice(0, 8)}`
const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
} as unknown as SessionData

let knex: Knex

/**
 * One connection that waits for the disk, and a table that writes down with which setting its rows
 * were changed.
 */
beforeAll(async () => {
  const connection = {
    connectionString: process.env['PG_URL'] ?? '',
    options: '-c synchronous_commit=on',
  }
  knex = createKnex({ client: 'pg', connection, pool: { min: 1, max: 1 } })
  const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
  await store.ready
  await knex.raw('create table ?? (setting text not null)', [`${tableName}_log`])
  await knex.raw(`
    create function ${tableName}_note() returns trigger language plpgsql as $$
    begin insert into ${tableName}_log values (current_setting('synchronous_commit')); return null; end $$`)
  await knex.raw(
    `create trigger note after insert or update or delete on ${tableName} for each row execute procedure ${tableName}_note()`,
  )
})

afterAll(async () => {
  await knex.raw(`drop table ${tableName}, ${tableName}_log; drop function ${tableName}_note`)
  await knex.destroy()
})

async function settingsSince(work: () => Promise<unknown>): Promise<readonly string[]> {
  await knex(`${tableName}_log`).del()
  await work()
  return knex(`${tableName}_log`).pluck<string[]>('setting')
}

describe.each([
  { durableTouch: false, touched: 'off' },
  { durableTouch: true, touched: 'on' },
])('with durableTouch: $durableTouch', ({ durableTouch, touched }) => {
  const sids = ['a', 'b', 'c']

  it(`a touch commits with synchronous_commit ${touched}, by itself and in a batch, and sets and destroys wait`, async () => {
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, durableTouch })
    expect(
      await settingsSince(() => Promise.all(sids.map((sid) => store.set(sid, session)))),
    ).toEqual(['on', 'on', 'on'])
    expect(await settingsSince(() => store.touch('a', session))).toEqual([touched])
    expect(
      await settingsSince(() => Promise.all(sids.map((sid) => store.touch(sid, session)))),
    ).toEqual([touched, touched, touched])
    expect(await settingsSince(() => store.destroy('a'))).toEqual(['on'])
    expect(
      await settingsSince(() => Promise.all([store.destroy('b'), store.destroy('c')])),
    ).toEqual(['on', 'on'])
  })

  it('the connection keeps its setting', async () => {
    const { rows } = await knex.raw<{ rows: { synchronous_commit: string }[] }>(
      'show synchronous_commit',
    )
    expect(rows).toEqual([{ synchronous_commit: 'on' }])
  })
})

it('a touch in a transaction of the application’s does not change how that commits', async () => {
  await new KnexSessionStore({ knex, tableName, cleanupInterval: 0 }).set('a', session)
  const settings = await settingsSince(() =>
    knex.transaction(async (transaction) => {
      await new KnexSessionStore({ knex: transaction, tableName, cleanupInterval: 0 }).touch(
        'a',
        session,
      )
      await transaction(tableName).where({ sid: 'a' }).update({ expired: new Date() })
    }),
  )
  expect(settings).toEqual(['on', 'on'])
})
