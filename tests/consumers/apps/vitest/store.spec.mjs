import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import session from 'express-session'
import createKnex from 'knex'
import { expect, test } from 'vitest'
import { serveTwoRequests } from '../serve-two-requests.cjs'

test('sessions are served', async () => {
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  })
  const result = await serveTwoRequests(session, new KnexSessionStore({ knex }))
  await knex.destroy()
  expect(result).toEqual(['view 1', 'view 2', '1 session'])
})
