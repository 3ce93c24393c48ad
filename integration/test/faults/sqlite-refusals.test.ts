import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-sqlite'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'

it('an SQLite file that is read-only is an error at once: no failover will mend it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
  const connection = { filename: join(folder, 'sessions.sqlite') }
  const open = (options: Knex.Config = {}) => createKnex({ client: 'better-sqlite3', connection, useNullAsDefault: true, ...options })
  const writer = open()
  await new KnexSessionStore({ knex: writer, cleanupInterval: 0 }).ready
  await writer.destroy()
  const knex = open({ connection: { ...connection, options: { readonly: true } } })
  const store = new KnexSessionStore({ knex, cleanupInterval: 0 })
  expect(await store.get('nobody')).toBeNull()
  await expect(store.destroy('nobody')).rejects.toMatchObject({ code: 'ERR_DATABASE', databaseCode: 'SQLITE_READONLY' })
  await knex.destroy()
  rmSync(folder, { recursive: true })
})

it('a full SQLite file fails what does not fit, keeps what was acknowledged, and works when there is room again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
  const knex = createKnex({ client: 'better-sqlite3', connection: { filename: join(folder, 'sessions.sqlite') }, useNullAsDefault: true })
  const store = new KnexSessionStore({ knex, cleanupInterval: 0 })
  await store.ready
  await knex.raw('pragma max_page_count = 30')
  const session = { cookie: { originalMaxAge: 60_000 }, filling: 'x'.repeat(3_000) } as unknown as SessionData
  const sids = Array.from({ length: 100 }, (_, each) => `sid ${each}`)
  const ended = await Promise.allSettled(sids.map((sid) => store.set(sid, session)))
  const failed = ended.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown)
  expect(failed.length).toBeGreaterThan(50)
  expect(failed.length).toBeLessThan(100)
  for (const error of failed) expect(error).toMatchObject({ code: 'ERR_DATABASE', databaseCode: 'SQLITE_FULL' })
  const found = await Promise.all(sids.map((sid) => store.get(sid)))
  expect(found.map((each) => each !== null)).toEqual(ended.map(({ status }) => status === 'fulfilled'))
  await knex.raw('pragma max_page_count = 3000')
  await Promise.all(sids.map((sid) => store.set(sid, session)))
  expect(await store.length()).toBe(100)
  await knex.destroy()
  rmSync(folder, { recursive: true })
})
