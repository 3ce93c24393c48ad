// React Router's session storage (Remix has the same), without express-session.
import '@knex-session/dialect-sqlite'
import { SessionStore } from '@knex-session/core/standalone'
import createKnex from 'knex'
import { randomBytes } from 'node:crypto'
import { createSessionStorage } from 'react-router'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: process.env.SESSION_FILE ?? 'sessions.sqlite' },
  useNullAsDefault: true,
})
const store = new SessionStore({ knex })

const cookieOf = (expires) => ({
  originalMaxAge: expires ? expires.getTime() - Date.now() : null,
  expires: expires ?? null,
})

export const { getSession, commitSession, destroySession } = createSessionStorage({
  cookie: {
    name: '__session',
    secrets: [process.env.SESSION_SECRET ?? 'change me: this is an example'],
    maxAge: 3_600,
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
  },
  async createData(data, expires) {
    const sid = randomBytes(24).toString('base64url')
    await store.set(sid, { ...data, cookie: cookieOf(expires) })
    return sid
  },
  async readData(sid) {
    const session = await store.get(sid)
    if (!session) return null
    const data = { ...session }
    delete data.cookie
    return data
  },
  // Over what is there: no late request brings back a session that was ended.
  async updateData(sid, data, expires) {
    const session = await store.get(sid)
    if (!session) return
    for (const key of Object.keys(session)) delete session[key]
    await store.set(sid, Object.assign(session, data, { cookie: cookieOf(expires) }))
  },
  async deleteData(sid) {
    await store.destroy(sid)
  },
})

export const closeSessions = async () => {
  await store.close()
  await knex.destroy()
}
