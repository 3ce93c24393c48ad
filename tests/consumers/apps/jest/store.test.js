/* global test, expect */
require('@knex-session/dialect-sqlite')
const { KnexSessionStore } = require('@knex-session/core')
const session = require('express-session')
const createKnex = require('knex')
const { serveTwoRequests } = require('../serve-two-requests.cjs')

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
