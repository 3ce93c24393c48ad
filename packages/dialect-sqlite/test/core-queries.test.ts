import { KnexSessionStore } from '@knex-session/core'
import { connectInMemory } from '../../dialect-testkit/test/connect-in-memory.js'
import { watchStore } from '../../dialect-testkit/test/watched-store.js'
import { adapter } from '../src/adapter.js'

/**
 * What core asks of knex's query builder, as it reaches the driver: the store works on SQLite while
 * somebody listens.
 */
describe('a store on SQLite', () => {
  const { asked, options, storeMany, advance } = watchStore(connectInMemory(), adapter)

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
    expect(await asked((store) => Promise.all(['a', 'b', 'c'].map((sid) => store.destroy(sid)))))
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
    expect(await asked((store) => store.length())).toMatchInlineSnapshot(`
      "select cast(count(*) as char(20)) as \`count\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31T12:00:00.000Z' ]"
    `)
  })

  it('lists the live sessions page by page, by the key of the ids', async () => {
    const many = await storeMany()
    const found: string[] = []
    const all = async (store: KnexSessionStore) => {
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
    expect(await asked((store) => store.ids())).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31T12:00:00.000Z' ]"
    `)
    expect(found).toEqual(['a', 'b', 'c', ...many])
    await asked((store) => store.destroy(many))
  })

  it('lists the live sessions', async () => {
    expect(await asked((store) => store.all())).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31T12:00:00.000Z' ]"
    `)
  })

  it('prunes in one statement, in the order of the index', async () => {
    advance(3_600_000)
    expect(await asked((store) => store.prune())).toMatchInlineSnapshot(`
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
    expect(await asked((store) => store.clear())).toMatchInlineSnapshot(`
      "delete
      from \`user-sessions\`
      []"
    `)
  })
})
