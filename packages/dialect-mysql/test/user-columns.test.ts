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
      "create table if not exists \`sessions\` (\`sid\` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, \`sess\` json not null, \`expired\` datetime(3) not null, \`user_id\` varchar(255) character set utf8mb4 collate utf8mb4_bin null, \`created_at\` datetime(3) null, \`last_seen_at\` datetime(3) null, primary key (\`sid\`), index \`sessions_expired_index\` (\`expired\`), index \`sessions_user_id_index\` (\`user_id\`)) engine = InnoDB default character set = utf8mb4 row_format = dynamic
      []"
    `)
  })

  it('gets those that it lacks', () => {
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    expect(adapter.addColumns!(table, missing, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table \`sessions\` add column \`user_id\` varchar(255) character set utf8mb4 collate utf8mb4_bin null, add column \`created_at\` datetime(3) null, add column \`last_seen_at\` datetime(3) null, add index \`sessions_user_id_index\` (\`user_id\`)
      []"
    `)
    const [, ...some] = missing
    expect(adapter.addColumns!(table, some, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table \`sessions\` add column \`created_at\` datetime(3) null, add column \`last_seen_at\` datetime(3) null
      []"
    `)
  })

  it('keeps the time of creation when a row is replaced', () => {
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`, \`user_id\`, \`created_at\`, \`last_seen_at\`)
      values (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))), ?, ?, ?), (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))), ?, ?, ?)
      on duplicate key update \`expired\` = if(cast(\`sid\` as binary) <> cast(values(\`sid\`) as binary), ~0 + (char_length(\`sid\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`), \`user_id\` = values(\`user_id\`), \`last_seen_at\` = values(\`last_seen_at\`)
      [
        's0',
        '{"n":0}',
        <Buffer 73 30>,
        '2026-01-31 12:00:00.678',
        'ann',
        '2026-01-31 12:00:00.678',
        '2026-01-31 12:00:00.678',
        's1',
        '{"n":1}',
        <Buffer 73 31>,
        '2026-01-31 12:00:00.679',
        null,
        '2026-01-31 12:00:00.678',
        '2026-01-31 12:00:00.678'
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "update \`sessions\` force index (primary)
      set \`sess\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`sess\` end, \`expired\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`expired\` end, \`user_id\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`user_id\` end, \`last_seen_at\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`last_seen_at\` end
      where \`sid\` in (?, ?) and cast(convert(\`sid\` using utf8mb4) as binary) in (?, ?) and \`expired\` <=> \`expired\`
      [
        <Buffer 73 30>, '{"n":0}',
        <Buffer 73 31>, '{"n":1}',
        <Buffer 73 30>, '2026-01-31 12:00:00.678',
        <Buffer 73 31>, '2026-01-31 12:00:00.679',
        <Buffer 73 30>, 'ann',
        <Buffer 73 31>, null,
        <Buffer 73 30>, '2026-01-31 12:00:00.678',
        <Buffer 73 31>, '2026-01-31 12:00:00.678',
        's0',           's1',
        <Buffer 73 30>, <Buffer 73 31>
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update \`sessions\`
      set \`sess\` = ?, \`expired\` = ?, \`user_id\` = ?, \`last_seen_at\` = ?
      where \`sid\` = ? and cast(convert(\`sid\` using utf8mb4) as binary) = ?
      [ '{"n":0}', '2026-01-31 12:00:00.678', 'ann', '2026-01-31 12:00:00.678', 's0', <Buffer 73 30> ]"
    `)
  })

  it('has another one where a new session takes the place of an expired one', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows, now))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`, \`user_id\`, \`created_at\`, \`last_seen_at\`)
      values (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))), ?, ?, ?), (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))), ?, ?, ?)
      on duplicate key update \`expired\` = if(cast(\`sid\` as binary) <> cast(values(\`sid\`) as binary) or \`expired\` > ? and (\`expired\` <> values(\`expired\`) or cast(cast(\`sess\` as char character set utf8mb4) as binary) <> cast(cast(values(\`sess\`) as char character set utf8mb4) as binary)), ~0 + (char_length(\`sid\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`), \`user_id\` = values(\`user_id\`), \`created_at\` = values(\`created_at\`), \`last_seen_at\` = values(\`last_seen_at\`)
      [
        's0',
        '{"n":0}',
        <Buffer 73 30>,
        '2026-01-31 12:00:00.678',
        'ann',
        '2026-01-31 12:00:00.678',
        '2026-01-31 12:00:00.678',
        's1',
        '{"n":1}',
        <Buffer 73 31>,
        '2026-01-31 12:00:00.679',
        null,
        '2026-01-31 12:00:00.678',
        '2026-01-31 12:00:00.678',
        '2026-01-31 12:00:00.678'
      ]"
    `)
  })

  it('writes by a touch when the session was seen', () => {
    const options = { durable: true }
    expect(golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, options)))
      .toMatchInlineSnapshot(`
      "update \`sessions\`
      set \`expired\` = ?, \`last_seen_at\` = ?
      where \`sid\` = ? and cast(convert(\`sid\` using utf8mb4) as binary) = ? and \`expired\` > ?
      [ '2026-01-31 12:00:00.678', '2026-01-31 12:00:00.678', 's0', <Buffer 73 30>, '2026-01-31 12:00:00.678' ]"
    `)
    expect(golden(adapter.queries!.touch!.statement(table, rows, now, options)))
      .toMatchInlineSnapshot(`
      "update \`sessions\` force index (primary)
      set \`expired\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`expired\` end, \`last_seen_at\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`last_seen_at\` end
      where \`sid\` in (?, ?) and \`expired\` > ?
      [
        <Buffer 73 30>,
        '2026-01-31 12:00:00.678',
        <Buffer 73 31>,
        '2026-01-31 12:00:00.679',
        <Buffer 73 30>,
        '2026-01-31 12:00:00.678',
        <Buffer 73 31>,
        '2026-01-31 12:00:00.678',
        's0',
        's1',
        '2026-01-31 12:00:00.678'
      ]"
    `)
  })

  it('is read with them', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['s0'], now))).toMatchInlineSnapshot(`
      "select \`sid\` as \`sid\`, cast(cast(\`sess\` as char character set utf8mb4) as binary) as \`sess\`, cast(\`expired\` as char) as \`expired\`, \`user_id\` as \`userId\`, cast(\`created_at\` as char) as \`createdAt\`, cast(\`last_seen_at\` as char) as \`lastSeenAt\`
      from \`sessions\` force index (primary)
      where \`sid\` in (?) and \`expired\` > ?
      [ 's0', '2026-01-31 12:00:00.678' ]"
    `)
  })
})
