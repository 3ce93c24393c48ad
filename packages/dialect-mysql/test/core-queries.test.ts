import { KnexSessionStore } from '@knex-session/core'
import { watchStore } from '../../dialect-testkit/test/watched-store.js'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'

/**
 * What core asks of knex's query builder, as it reaches the driver: the store works on MySQL or
 * MariaDB while somebody listens.
 */
describe('a store on MySQL or MariaDB', () => {
  const { asked, options, storeMany, advance } = watchStore(
    connectBy('mysql2')({ connections: 1 }),
    adapter,
    (text) => text.replace(/\[[\d.,]+\]/, '[numbers]'),
  )

  it('looks for the table and its columns without reading a row', async () => {
    expect(await asked(() => new KnexSessionStore(options).ready)).toMatchInlineSnapshot(`
      "select \`SessionId\`, \`sess\`, \`expired\`
      from \`user-sessions\`
      where 1 = 0
      []
      select @@autocommit as autocommit, ? as \`look at queryFormat of the connection\`
      [ 'a' ]
      show columns
      from \`user-sessions\`
      []
      show index
      from \`user-sessions\`
      []
      select cast(json_extract('[numbers]', '$') as char) as numbers, @@sql_mode as mode, @@max_allowed_packet as longest, @@sql_select_limit < 4294967295 as cut, 0 /*M!100102 + 1 */ as limits, ?
       as arrived
      [ \` \\\\ "?" :arrived $& %s ' -- \` ]
      select table_type as kind
      from information_schema.tables
      where table_schema = coalesce(?, database()) and table_name = ?
      [ null, 'user-sessions' ]
      explain insert into \`user-sessions\` (\`SessionId\`, \`sess\`, \`expired\`)
      values (null, null, null)
      on duplicate key update \`sess\` = \`sess\`, \`expired\` = \`expired\`
      []
      explain delete
      from \`user-sessions\`
      where \`SessionId\` is null
      []"
    `)
  })

  it('destroys sessions by their ids, several at once', async () => {
    expect(await asked((store) => Promise.all(['a', 'b', 'c'].map((sid) => store.destroy(sid)))))
      .toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`
      from \`user-sessions\` force index (primary)
      where \`SessionId\` in (?, ?, ?) and cast(convert(\`SessionId\` using utf8mb4) as binary) in (?, ?, ?)
      [ 'a', 'b', 'c', <Buffer 61>, <Buffer 62>, <Buffer 63> ]
      /*M!100102
      set statement innodb_lock_wait_timeout = 2 for */ delete
      from \`user-sessions\` using \`user-sessions\` force index (primary)
      where \`SessionId\` in (?, ?, ?) and cast(convert(\`SessionId\` using utf8mb4) as binary) in (?, ?, ?) and \`expired\` <=> \`expired\`
      [ 'a', 'b', 'c', <Buffer 61>, <Buffer 62>, <Buffer 63> ]"
    `)
  })

  it('counts the live sessions', async () => {
    expect(await asked((store) => store.length())).toMatchInlineSnapshot(`
      "select cast(count(*) as char(20)) as \`count\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31 12:00:00.000' ]"
    `)
  })

  it('lists the live sessions page by page, by the key of the ids', async () => {
    const many = await storeMany()
    const found: string[] = []
    const all = async (store: KnexSessionStore) => {
      for await (const { sid } of store.entries()) found.push(sid)
    }
    expect(await asked(all)).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, cast(cast(\`sess\` as char character set utf8mb4) as binary) as \`sess\`, cast(\`expired\` as char) as \`expired\`
      from \`user-sessions\`
      where \`expired\` > ?
      order by \`SessionId\` asc limit ?
      [ '2026-01-31 12:00:00.000', 128 ]
      select \`SessionId\` as \`sid\`, cast(cast(\`sess\` as char character set utf8mb4) as binary) as \`sess\`, cast(\`expired\` as char) as \`expired\`
      from \`user-sessions\`
      where \`expired\` > ? and \`SessionId\` >= ?
      order by \`SessionId\` asc limit ?
      [ '2026-01-31 12:00:00.000', 'sid-124', 129 ]"
    `)
    expect(await asked((store) => store.ids())).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31 12:00:00.000' ]"
    `)
    expect(found).toEqual(['a', 'b', 'c', ...many])
    await asked((store) => store.destroy(many))
  })

  it('lists the live sessions', async () => {
    expect(await asked((store) => store.all())).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, cast(cast(\`sess\` as char character set utf8mb4) as binary) as \`sess\`, cast(\`expired\` as char) as \`expired\`
      from \`user-sessions\`
      where \`expired\` > ?
      [ '2026-01-31 12:00:00.000' ]"
    `)
  })

  it('prunes by reading expired ids in the order of the index and deleting those that are expired still', async () => {
    advance(3_600_000)
    expect(await asked((store) => store.prune())).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, cast(\`expired\` as char) as \`until\`
      from \`user-sessions\`
      where \`expired\` <= ?
      order by \`expired\` asc limit ?
      [ '2026-01-31 13:00:00.000', 1000 ]
      delete
      from \`user-sessions\` using \`user-sessions\` force index (primary)
      where \`SessionId\` in (?, ?, ?) and \`expired\` <= ?
      [ 'a', 'b', 'c', '2026-01-31 13:00:00.000' ]"
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
