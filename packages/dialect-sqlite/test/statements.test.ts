import { sessionTable } from '@knex-session/core/dialect'
import { hostile, now, rows, table } from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

describe('the table', () => {
  it('is made with an index on the expiry', () => {
    expect(adapter.createTable(table, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "create table \`sessions\` (\`sid\` varchar(255) not null primary key, \`sess\` json not null, \`expired\` datetime not null)
      []
      create index \`sessions_expired_index\` on \`sessions\` (\`expired\`)
      []"
    `)
  })

  it('gives the index a name that nothing else has', () => {
    expect(adapter.createTable(table, { salt: '0a1b2c3d' })[1]?.sql).toBe(
      'create index `sessions_expired_index_0a1b2c3d` on `sessions` (`expired`)',
    )
  })

  it('takes hostile names, its index being in the same database', () => {
    expect(adapter.createTable(hostile, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "create table \`auth\`.\`user-sessions\` (\`SessionId\` varchar(255) not null primary key, \`sess\` json not null, \`expired\` datetime not null)
      []
      create index \`auth\`.\`user_sessions_expired_index\` on \`user-sessions\` (\`expired\`)
      []"
    `)
    expect(golden(adapter.createTable(sessionTable({ tableName: 'or`der' }), {})[0]!))
      .toMatchInlineSnapshot(`
      "create table \`or\`\`der\` (\`sid\` varchar(255) not null primary key, \`sess\` json not null, \`expired\` datetime not null)
      []"
    `)
  })
})

describe('an upsert', () => {
  it('writes a row', () => {
    expect(golden(adapter.upsert(table, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, ?)
      on conflict (\`sid\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`sid\` collate binary <> excluded.\`sid\` then abs(-9223372036854775807 - (length(\`sid\`) > 0)) else excluded.\`expired\` end
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678Z' ]"
    `)
  })

  it('writes several rows', () => {
    expect(golden(adapter.upsert(table, rows.slice(0, 2)))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, ?), (?, ?, ?)
      on conflict (\`sid\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`sid\` collate binary <> excluded.\`sid\` then abs(-9223372036854775807 - (length(\`sid\`) > 0)) else excluded.\`expired\` end
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678Z', 'b', '{"n":1}', '2026-01-31T12:00:00.679Z' ]"
    `)
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, ?), (?, ?, ?), (?, ?, ?)
      on conflict (\`sid\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`sid\` collate binary <> excluded.\`sid\` then abs(-9223372036854775807 - (length(\`sid\`) > 0)) else excluded.\`expired\` end
      [
        'a',
        '{"n":0}',
        '2026-01-31T12:00:00.678Z',
        'b',
        '{"n":1}',
        '2026-01-31T12:00:00.679Z',
        'c',
        '{"n":2}',
        '2026-01-31T12:00:00.680Z'
      ]"
    `)
  })

  it('takes hostile names', () => {
    expect(golden(adapter.upsert(hostile, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "insert into \`auth\`.\`user-sessions\` (\`SessionId\`, \`sess\`, \`expired\`)
      values (?, ?, ?)
      on conflict (\`SessionId\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`SessionId\` collate binary <> excluded.\`SessionId\` then abs(-9223372036854775807 - (length(\`SessionId\`) > 0)) else excluded.\`expired\` end
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678Z' ]"
    `)
  })
})

describe('an update', () => {
  it('writes a row that is there', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`sess\` = ?, \`expired\` = ?
      where t.\`sid\` = ? and t.\`sid\` collate binary = ? returning \`sid\` as \`sid\`
      [ '{"n":0}', '2026-01-31T12:00:00.678Z', 'a', 'a' ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.update!.statement(hostile, rows.slice(0, 2))))
      .toMatchInlineSnapshot(`
      "update \`auth\`.\`user-sessions\` as t
      set \`sess\` = v.column2, \`expired\` = v.column3
      from (values (?, ?, ?), (?, ?, ?)) as v
      where t.\`SessionId\` = v.column1 and t.\`SessionId\` collate binary = v.column1 returning \`SessionId\` as \`sid\`
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678Z', 'b', '{"n":1}', '2026-01-31T12:00:00.679Z' ]"
    `)
  })
})

describe('an insert', () => {
  it('writes a new row', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows.slice(0, 1), now)))
      .toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, ?)
      on conflict (\`sid\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`sid\` collate binary <> excluded.\`sid\` or \`expired\` > ? and (\`expired\` <> excluded.\`expired\` or \`sess\` collate binary <> excluded.\`sess\`) then abs(-9223372036854775807 - (length(\`sid\`) > 0)) else excluded.\`expired\` end
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678Z', '2026-01-31T12:00:00.678Z' ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.insert!.statement(hostile, rows.slice(0, 2), now)))
      .toMatchInlineSnapshot(`
      "insert into \`auth\`.\`user-sessions\` (\`SessionId\`, \`sess\`, \`expired\`)
      values (?, ?, ?), (?, ?, ?)
      on conflict (\`SessionId\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`SessionId\` collate binary <> excluded.\`SessionId\` or \`expired\` > ? and (\`expired\` <> excluded.\`expired\` or \`sess\` collate binary <> excluded.\`sess\`) then abs(-9223372036854775807 - (length(\`SessionId\`) > 0)) else excluded.\`expired\` end
      [
        'a',
        '{"n":0}',
        '2026-01-31T12:00:00.678Z',
        'b',
        '{"n":1}',
        '2026-01-31T12:00:00.679Z',
        '2026-01-31T12:00:00.678Z'
      ]"
    `)
  })
})

describe('a touch', () => {
  it('moves the expiry of a live row', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`expired\` = ?
      where t.\`sid\` = ? and t.\`sid\` collate binary = ? and t.\`expired\` > ?
      [ '2026-01-31T12:00:00.678Z', 'a', 'a', '2026-01-31T12:00:00.678Z' ]"
    `)
  })

  it('moves each row to its own expiry, under hostile names too', () => {
    expect(
      golden(adapter.queries!.touch!.statement(hostile, rows.slice(0, 2), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update \`auth\`.\`user-sessions\` as t
      set \`expired\` = json_extract(v.value, '$[1]')
      from json_each(?) as v
      where t.\`SessionId\` = json_extract(v.value, '$[0]') and t.\`SessionId\` collate binary = json_extract(v.value, '$[0]') and t.\`expired\` > ?
      [ '[["a","2026-01-31T12:00:00.678Z"],["b","2026-01-31T12:00:00.679Z"]]', '2026-01-31T12:00:00.678Z' ]"
    `)
  })

  it('is the same when it need not be durable', () => {
    expect(adapter.queries!.touch!.statement(table, rows, now, { durable: false })).toEqual(
      adapter.queries!.touch!.statement(table, rows, now, { durable: true }),
    )
  })
})

describe('a read', () => {
  it('finds one live row', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['a'], now))).toMatchInlineSnapshot(`
      "select \`sid\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`
      from \`sessions\`
      where \`sid\` = ? and \`expired\` > ?
      [ 'a', '2026-01-31T12:00:00.678Z' ]"
    `)
  })

  it('finds several, under hostile names too', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['a', 'b', 'c'], now)))
      .toMatchInlineSnapshot(`
      "select \`sid\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`
      from \`sessions\`
      where \`sid\` in (select value from json_each(?)) and \`expired\` > ?
      [ '["a","b","c"]', '2026-01-31T12:00:00.678Z' ]"
    `)
    expect(golden(adapter.queries!.read!.statement(hostile, ['a', 'b', 'c'], now)))
      .toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`
      from \`auth\`.\`user-sessions\`
      where \`SessionId\` in (select value from json_each(?)) and \`expired\` > ?
      [ '["a","b","c"]', '2026-01-31T12:00:00.678Z' ]"
    `)
  })
})

describe('every statement', () => {
  it('stays below the 999 parameters of SQLite before 3.32', () => {
    const many = Array.from(
      { length: Math.max(adapter.limits.rows, adapter.limits.sids) },
      (_, index) => ({
        ...rows[0]!,
        sid: `sid-${index}`,
      }),
    )
    const batch = many.slice(0, adapter.limits.rows)
    for (const { bindings } of [
      adapter.upsert(table, batch),
      adapter.queries!.touch!.statement(table, batch, now, { durable: true }),
      adapter.queries!.read!.statement(
        table,
        many.slice(0, adapter.limits.sids).map(({ sid }) => sid),
        now,
      ),
    ]) {
      expect(bindings.length).toBeLessThanOrEqual(999)
    }
  })
})

describe('a destroy', () => {
  it('deletes one row and says whether it was there', () => {
    expect(golden(adapter.queries!.destroy!.statement(table, ['a']))).toMatchInlineSnapshot(`
      "delete
      from \`sessions\`
      where \`sid\` = ? and \`sid\` collate binary = ? returning \`sid\` as \`sid\`
      [ 'a', 'a' ]"
    `)
  })

  it('deletes several', () => {
    expect(golden(adapter.queries!.destroy!.statement(table, ['a', 'b', 'c', 'd', 'e'])))
      .toMatchInlineSnapshot(`
      "delete
      from \`sessions\`
      where \`sid\` in (select value from json_each(?)) and \`sid\` collate binary in (select value from json_each(?)) returning \`sid\` as \`sid\`
      [ '["a","b","c","d","e"]', '["a","b","c","d","e"]' ]"
    `)
  })

  it('takes hostile names', () => {
    expect(golden(adapter.queries!.destroy!.statement(hostile, ['a']))).toMatchInlineSnapshot(`
      "delete
      from \`auth\`.\`user-sessions\`
      where \`SessionId\` = ? and \`SessionId\` collate binary = ? returning \`SessionId\` as \`sid\`
      [ 'a', 'a' ]"
    `)
    expect(golden(adapter.queries!.destroy!.statement(hostile, ['a', 'b']))).toMatchInlineSnapshot(`
      "delete
      from \`auth\`.\`user-sessions\`
      where \`SessionId\` in (select value from json_each(?)) and \`SessionId\` collate binary in (select value from json_each(?)) returning \`SessionId\` as \`sid\`
      [ '["a","b"]', '["a","b"]' ]"
    `)
  })

  it('reads the ids of the rows that it deleted', () => {
    expect(adapter.queries!.destroy!.answer([{ sid: 'a' }, { sid: 'b' }])).toEqual(['a', 'b'])
  })
})
