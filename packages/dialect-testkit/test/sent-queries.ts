import { createHash } from 'node:crypto'
import type { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'

/** A query as it was sent, with the placeholders of the driver. */
export interface Sent {
  readonly sql: string
  readonly bindings: readonly Knex.RawBinding[]
}

async function sentBy(knex: Knex, work: () => Promise<void>): Promise<readonly Sent[]> {
  const sent: Sent[] = []
  const listen = (query: Sent) => sent.push(query)
  knex.on('query', listen)
  await work()
  knex.removeListener('query', listen)
  return sent
}

/** What is sent to count, list and end sessions of the user `ann`, who has so many. */
export async function sentForUser(
  knex: Knex,
  store: KnexSessionStore,
  sessions: number,
): Promise<readonly Sent[]> {
  const sent = await sentBy(knex, async () => {
    const ann = store.sessionsOf('ann')
    expect(await ann.count()).toBe(sessions)
    expect(await ann.list()).toHaveLength(sessions)
    expect(await ann.revoke('none')).toBe(false)
  })
  expect(sent).toHaveLength(3)
  return sent
}

/** What is sent for the first three pages of all sessions, of which there are so many. */
export async function sentForPages(
  knex: Knex,
  store: KnexSessionStore,
  sessions: number,
): Promise<readonly Sent[]> {
  const sent = await sentBy(knex, async () => {
    let count = 0
    for await (const { sid } of store.entries()) if (++count === 300) expect(sid).toHaveLength(32)
    expect(count).toBe(sessions)
  })
  return sent.slice(0, 3)
}

/** Stores so many sessions, of which so many in a hundred have expired. */
export async function fill(store: KnexSessionStore, rows: number, expired: number): Promise<void> {
  const session = { cookie: { originalMaxAge: null } } as unknown as SessionData
  const past = { cookie: { maxAge: -3_600_000 } } as unknown as SessionData
  const sids = Array.from({ length: rows }, (_, n) =>
    createHash('md5').update(String(n)).digest('hex'),
  )
  for (let start = 0; start < rows; start += 5_000) {
    const some = sids.slice(start, start + 5_000)
    await Promise.all(some.map((sid, n) => store.set(sid, n % 100 < expired ? past : session)))
  }
}
