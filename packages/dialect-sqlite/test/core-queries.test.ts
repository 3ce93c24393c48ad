import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex from 'knex'
import { adapter } from '../src/adapter.js'
import { asText } from './golden.js'

/**
 * What core asks of knex's query builder, as it reaches the driver: the store works on SQLite while
 * somebody listens.
 */
describe('a store on SQLite', () => {
  const tableName = `core-queries-${process.pid}`
  const session = { cookie: { originalMaxAge: 60_000 } } as unknown as SessionData
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  })
  const queries: string[] = []
  let now = Date.UTC(2026, 0, 31, 12)
  const options = {
    knex,
    dialect: adapter,
    tableName,
    columns: { sid: 'SessionId' },
    cleanupInterval: 0,
    clock: () => now,
    batch: { lanes: 1 },
  }
  let store: KnexSessionStore

  beforeAll(async () => {
    store = new KnexSessionStore(options)
    await store.ready
    knex.on('query', (query: { sql: string; bindings: readonly unknown[] }) => {
      queries.push(asText(query).replaceAll(tableName, 'user-sessions'))
    })
  })

  afterAll(async () => {
    await store.close()
    await knex.schema.dropTable(tableName)
    await knex.destroy()
  })

  /** The queries that some work leads to. */
  async function asked(work: () => Promise<unknown>): Promise<string> {
    queries.length = 0
    await work()
    return queries.join('\n')
  }

  beforeEach(() => Promise.all(['a', 'b', 'c'].map((sid) => store.set(sid, session))))

  it('looks for the table and its columns without reading a row', async () => {
    expect(await asked(() => new KnexSessionStore(options).ready)).toMatchInlineSnapshot(`
      "select \`SessionId\`, \`sess\`, \`expired\`
      from \`user-sessions\`
      where 1 = 0
      []
      select c.name as name, c.type as type, c."notnull" as "notnull", c.dflt_value as dflt_value, c.pk as pk, (select count(*)
      from pragma_index_list(?) as l
      where l."unique" and not l.partial and (select group_concat(i.name, char(0))
      from pragma_index_info(l.name) as i) = c.name) as keys, (select s.type
      from sqlite_master as s
      where s.name = ? collate nocase and s.type in ('table', 'view')) as of
      from pragma_table_info(?) as c
      [ 'user-sessions', 'user-sessions', 'user-sessions' ]
      select at as at
      from (select \`expired\` as at
      from \`user-sessions\`
      where \`expired\` is not null limit 20) union all select at as at
      from (select \`expired\` as at
      from \`user-sessions\`
      where \`expired\` is not null
      order by \`expired\` limit 4) union all select at as at
      from (select \`expired\` as at
      from \`user-sessions\`
      where \`expired\` is not null
      order by \`expired\` desc limit 4)
      []"
    `)
  })

  it('destroys sessions by their ids, several at once', async () => {
    expect(await asked(() => Promise.all(['a', 'b', 'c'].map((sid) => store.destroy(sid)))))
      .toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`
      from \`user-sessions\`
      where \`SessionId\` in (?, ?, ?) and \`SessionId\` collate binary in (select value from json_each(?))
      [ 'a', 'b', 'c', '["a","b","c"]' ]
      delete
      from \`user-sessions\`
      where \`SessionId\` in (select value from json_each(?)) and \`SessionId\` collate binary in (select value from json_each(?)) returning \`SessionId\` as \`sid\`
      [ '["a","b","c"]', '["a","b","c"]' ]"
    `)
  })

  it('counts the live sessions', async () => {
    expect(await asked(() => store.length())).toMatchInlineSnapshot(`
      "select cast(count(*) as char(20)) as \`count\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31T12:00:00.000Z' ]"
    `)
  })

  it('lists the live sessions page by page, by the key of the ids', async () => {
    const many = Array.from({ length: 130 }, (_, index) => `sid-${String(index).padStart(3, '0')}`)
    await Promise.all(many.map((sid) => store.set(sid, session)))
    const found: string[] = []
    const all = async () => {
      for await (const { sid } of store.entries()) found.push(sid)
    }
    expect(await asked(all)).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`
      from \`user-sessions\`
      where \`expired\` > ?
      order by \`SessionId\` asc limit ?
      [ '2026-01-31T12:00:00.000Z', 128 ]
      select \`SessionId\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`
      from \`user-sessions\`
      where \`expired\` > ? and \`SessionId\` >= ?
      order by \`SessionId\` asc limit ?
      [ '2026-01-31T12:00:00.000Z', 'sid-124', 129 ]"
    `)
    expect(await asked(() => store.ids())).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31T12:00:00.000Z' ]"
    `)
    expect(found).toEqual(['a', 'b', 'c', ...many])
    await store.destroy(many)
  })

  it('lists the live sessions', async () => {
    expect(await asked(() => store.all())).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31T12:00:00.000Z' ]"
    `)
  })

  it('prunes in one statement, in the order of the index', async () => {
    now += 3_600_000
    expect(await asked(() => store.prune())).toMatchInlineSnapshot(`
      "delete
      from \`user-sessions\`
      where \`SessionId\` in (select \`SessionId\`
      from \`user-sessions\`
      where \`expired\` <= ? and \`expired\` like '____-__-__T%Z'
      order by \`expired\` limit ?) returning 1
      [ '2026-01-31T13:00:00.000Z', 50 ]
      delete
      from \`user-sessions\`
      where \`SessionId\` in (select \`SessionId\`
      from \`user-sessions\`
      where \`expired\` <= ? and \`expired\` like '____-__-__T%Z'
      order by \`expired\` limit ?) returning 1
      [ '2026-01-31T13:00:00.000Z', 50 ]"
    `)
  })

  it('clears the table', async () => {
    expect(await asked(() => store.clear())).toMatchInlineSnapshot(`
      "delete
      from \`user-sessions\`
      []"
    `)
  })
})
