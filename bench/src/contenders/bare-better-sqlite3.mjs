import Database from 'better-sqlite3'
import { join } from 'node:path'
import { sqlitePragmas } from './knex-config.mjs'

/** One statement per call, prepared once. @type {import('./contender.mjs').Contender} */
export const bareBetterSqlite3 = {
  name: 'better-sqlite3, prepared',
  database: 'sqlite',
  packages: ['better-sqlite3'],
  async open({ urls, suffix }) {
    const database = new Database(join(urls.sqlite, `bare${suffix}.sqlite`))
    for (const pragma of sqlitePragmas) database.pragma(pragma)
    database.exec(
      'create table if not exists sessions (sid text primary key, sess text not null, expired text not null)',
    )
    database.exec('create index if not exists sessions_expired on sessions (expired)')
    const read = database.prepare('select sess from sessions where sid = ? and expired > ?').pluck()
    const write = database.prepare(
      'insert into sessions (sid, sess, expired) values (?, ?, ?) on conflict (sid) do update set sess = excluded.sess, expired = excluded.expired',
    )
    const move = database.prepare('update sessions set expired = ? where sid = ? and expired > ?')
    const now = () => new Date().toISOString()
    const store = {
      get: (sid, callback) => callback(null, JSON.parse(read.get(sid, now()))),
      set: (sid, session, callback) =>
        callback(
          null,
          write.run(sid, JSON.stringify(session), session.cookie.expires.toISOString()),
        ),
      touch: (sid, session, callback) =>
        callback(null, move.run(session.cookie.expires.toISOString(), sid, now())),
    }
    return { store, close: async () => void database.close() }
  },
}
