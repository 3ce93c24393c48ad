import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import session from 'express-session'
import createKnex from 'knex'
import { expect, test, vi } from 'vitest'
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

test('calls are answered under fake timers, and go by the faked time', async () => {
  vi.useFakeTimers()
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  })
  const store = new KnexSessionStore({ knex })
  await store.set('sid', { cookie: { originalMaxAge: 3_600_000 } })
  expect(await store.get('sid')).not.toBeNull()
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(await store.get('sid')).toBeNull()
  await store.close()
  vi.useRealTimers()
  await knex.destroy()
})
