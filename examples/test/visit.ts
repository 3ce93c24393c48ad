import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Client, type Example } from './example.js'

const installed = createRequire(join(__dirname, '../sockets/server.mjs'))
const createKnex = installed('knex') as (config: object) => {
  (table: string): { select(column: string): Promise<unknown[]> }
  destroy(): Promise<void>
}

/** How many sessions are in the file of an example. */
const sessionsIn = async ({ file }: Example): Promise<number> => {
  const connection = { filename: file }
  const knex = createKnex({ client: 'better-sqlite3', connection, useNullAsDefault: true })
  try {
    return (await knex('sessions').select('sid')).length
  } finally {
    await knex.destroy()
  }
}

/** Logs in and out as two browsers do, looks at the database meanwhile, and stops the example. */
export async function visit(
  example: Example,
  {
    logIn,
    end = 0,
  }: { readonly logIn?: URLSearchParams | undefined; readonly end?: number | string } = {},
): Promise<void> {
  try {
    const [ann, other] = [new Client(example.url), new Client(example.url)]
    expect(await ann.send('GET', '/')).toEqual({ views: 1, user: null })
    expect(await ann.send('GET', '/')).toEqual({ views: 2, user: null })
    expect(await other.send('GET', '/')).toEqual({ views: 1, user: null })
    expect(await sessionsIn(example)).toBe(2)
    const before = ann.cookie
    expect(await ann.send('POST', '/login', logIn)).toEqual({ user: 'ann' })
    expect(ann.cookie).not.toBe(before)
    expect(await ann.send('GET', '/')).toEqual({ views: 1, user: 'ann' })
    expect(await sessionsIn(example)).toBe(2)
    await ann.send('POST', '/logout')
    expect(await ann.send('GET', '/')).toEqual({ views: 1, user: null })
    expect(await other.send('GET', '/')).toEqual({ views: 2, user: null })
    expect(await sessionsIn(example)).toBe(2)
  } finally {
    expect(await example.stop()).toBe(end)
  }
}
