import {
  now,
  rowsOfUsers as rows,
  tableOfUsers as table,
} from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

describe('a table with the columns of users', () => {
  it('is made with them and an index on the user', () => {
    expect(adapter.createTable(table, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "create table \`sessions\` (\`sid\` varchar(255) not null primary key, \`sess\` json not null, \`expired\` datetime not null, \`user_id\` varchar(255), \`created_at\` datetime, \`last_seen_at\` datetime)
      []
      create index \`sessions_expired_index\` on \`sessions\` (\`expired\`)
      []
      create index \`sessions_user_id_index\` on \`sessions\` (\`user_id\`)
      []"
    `)
  })

  it('gets those that it lacks', () => {
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    expect(adapter.addColumns!(table, missing, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table \`sessions\` add column \`user_id\` varchar(255)
      []
      alter table \`sessions\` add column \`created_at\` datetime
      []
      alter table \`sessions\` add column \`last_seen_at\` datetime
      []
      create index \`sessions_user_id_index\` on \`sessions\` (\`user_id\`)
      []"
    `)
    const [, ...some] = missing
    expect(adapter.addColumns!(table, some, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table \`sessions\` add column \`created_at\` datetime
      []
      alter table \`sessions\` add column \`last_seen_at\` datetime
      []"
    `)
  })

  it('keeps the time of creation when a row is replaced', () => {
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`, \`user_id\`, \`created_at\`, \`last_seen_at\`)
      values (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)
      on conflict (\`sid\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`sid\` collate binary <> excluded.\`sid\` then abs(-9223372036854775807 - (length(\`sid\`) > 0)) else excluded.\`expired\` end, \`user_id\` = excluded.\`user_id\`, \`last_seen_at\` = excluded.\`last_seen_at\`
      [
        's0',
        '{"n":0}',
        '2026-01-31T12:00:00.678Z',
        'ann',
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z',
        's1',
        '{"n":1}',
        '2026-01-31T12:00:00.679Z',
        null,
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z'
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`sess\` = v.column2, \`expired\` = v.column3, \`user_id\` = v.column4, \`last_seen_at\` = v.column6
      from (values (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)) as v
      where t.\`sid\` = v.column1 and t.\`sid\` collate binary = v.column1 returning \`sid\` as \`sid\`
      [
        's0',
        '{"n":0}',
        '2026-01-31T12:00:00.678Z',
        'ann',
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z',
        's1',
        '{"n":1}',
        '2026-01-31T12:00:00.679Z',
        null,
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z'
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`sess\` = ?, \`expired\` = ?, \`user_id\` = ?, \`last_seen_at\` = ?
      where t.\`sid\` = ? and t.\`sid\` collate binary = ? returning \`sid\` as \`sid\`
      [ '{"n":0}', '2026-01-31T12:00:00.678Z', 'ann', '2026-01-31T12:00:00.678Z', 's0', 's0' ]"
    `)
  })

  it('has another one where a new session takes the place of an expired one', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows, now))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`, \`user_id\`, \`created_at\`, \`last_seen_at\`)
      values (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)
      on conflict (\`sid\`) do update
      set \`sess\` = excluded.\`sess\`, \`expired\` = case when \`sid\` collate binary <> excluded.\`sid\` or \`expired\` > ? and (\`expired\` <> excluded.\`expired\` or \`sess\` collate binary <> excluded.\`sess\`) then abs(-9223372036854775807 - (length(\`sid\`) > 0)) else excluded.\`expired\` end, \`user_id\` = excluded.\`user_id\`, \`created_at\` = excluded.\`created_at\`, \`last_seen_at\` = excluded.\`last_seen_at\`
      [
        's0',
        '{"n":0}',
        '2026-01-31T12:00:00.678Z',
        'ann',
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z',
        's1',
        '{"n":1}',
        '2026-01-31T12:00:00.679Z',
        null,
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z'
      ]"
    `)
  })

  it('writes by a touch when the session was seen', () => {
    const options = { durable: true }
    expect(golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, options)))
      .toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`expired\` = ?, \`last_seen_at\` = ?
      where t.\`sid\` = ? and t.\`sid\` collate binary = ? and t.\`expired\` > ?
      [ '2026-01-31T12:00:00.678Z', '2026-01-31T12:00:00.678Z', 's0', 's0', '2026-01-31T12:00:00.678Z' ]"
    `)
    expect(golden(adapter.queries!.touch!.statement(table, rows, now, options)))
      .toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`expired\` = json_extract(v.value, '$[1]'), \`last_seen_at\` = json_extract(v.value, '$[2]')
      from json_each(?) as v
      where t.\`sid\` = json_extract(v.value, '$[0]') and t.\`sid\` collate binary = json_extract(v.value, '$[0]') and t.\`expired\` > ?
      [
        '[["s0","2026-01-31T12:00:00.678Z","2026-01-31T12:00:00.678Z"],["s1","2026-01-31T12:00:00.679Z","2026-01-31T12:00:00.678Z"]]',
        '2026-01-31T12:00:00.678Z'
      ]"
    `)
  })

  it('is read with them', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['s0'], now))).toMatchInlineSnapshot(`
      "select \`sid\` as \`sid\`, \`sess\` as \`sess\`, \`expired\` as \`expired\`, \`user_id\` as \`userId\`, \`created_at\` as \`createdAt\`, \`last_seen_at\` as \`lastSeenAt\`
      from \`sessions\`
      where \`sid\` = ? and \`expired\` > ?
      [ 's0', '2026-01-31T12:00:00.678Z' ]"
    `)
  })
})
