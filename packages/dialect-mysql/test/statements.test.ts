import { sessionTable } from '@knex-session/core/dialect'
import { hostile, now, rows, table } from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { timestampOfZone } from '../src/codecs.js'
import { golden } from './golden.js'

describe('the table', () => {
  it.each([
    ['5.7.7', '5.7.7-rc-log', 'longtext character set utf8mb4 collate utf8mb4_bin', 'utf8mb4_bin'],
    ['5.7.44', '5.7.44-log', 'json', 'utf8mb4_bin'],
    ['8.0.16', '8.0.16', 'json', 'utf8mb4_bin'],
    ['8.0.17', '8.0.17', 'json', 'utf8mb4_0900_bin'],
    ['8.4', '8.4.3', 'json', 'utf8mb4_0900_bin'],
    ['9', '9.0.1', 'json', 'utf8mb4_0900_bin'],
    ['MariaDB 10.1', '10.1.48-MariaDB', 'json', 'utf8mb4_bin'],
    ['MariaDB 10.11', '10.11.6-MariaDB-0+deb12u1', 'json', 'utf8mb4_nopad_bin'],
    [
      'MariaDB 10.11 behind a replication prefix',
      '5.5.5-10.11.6-MariaDB-log',
      'json',
      'utf8mb4_nopad_bin',
    ],
    ['a proxy that hides its version', 'cluster', 'json', 'utf8mb4_bin'],
  ])('is made for %s with the best types that it has', (_server, version, json, collation) => {
    const server = adapter.server!.probe!.answer([[{ version }], []])
    expect(adapter.createTable(table, server)).toEqual([
      {
        sql:
          'create table if not exists `sessions` (' +
          `\`sid\` varchar(255) character set utf8mb4 collate ${collation} not null, ` +
          `\`sess\` ${json} not null, ` +
          '`expired` datetime(3) not null, ' +
          'primary key (`sid`), index `sessions_expired_index` (`expired`)' +
          ') engine = InnoDB default character set = utf8mb4 row_format = dynamic',
        bindings: [],
      },
    ])
  })

  it('takes hostile names', () => {
    const server = { mariadb: false, major: 8, minor: 4, patch: 0 }
    expect(adapter.createTable(hostile, server).map(golden).join('\n')).toMatchInlineSnapshot(`
      "create table if not exists \`auth\`.\`user-sessions\` (\`SessionId\` varchar(255) character set utf8mb4 collate utf8mb4_0900_bin not null, \`sess\` json not null, \`expired\` datetime(3) not null, primary key (\`SessionId\`), index \`user_sessions_expired_index\` (\`expired\`)) engine = InnoDB default character set = utf8mb4 row_format = dynamic
      []"
    `)
    expect(golden(adapter.createTable(sessionTable({ tableName: 'or`der' }), server)[0]!))
      .toMatchInlineSnapshot(`
      "create table if not exists \`or\`\`der\` (\`sid\` varchar(255) character set utf8mb4 collate utf8mb4_0900_bin not null, \`sess\` json not null, \`expired\` datetime(3) not null, primary key (\`sid\`), index \`or\`\`der_expired_index\` (\`expired\`)) engine = InnoDB default character set = utf8mb4 row_format = dynamic
      []"
    `)
  })

  it('is made after asking for the version', () => {
    expect(golden(adapter.server!.probe!.statement(table))).toMatchInlineSnapshot(`
      "select version() as version
      []"
    `)
  })
})

describe('an upsert', () => {
  it('writes a row, never over that of another sid', () => {
    expect(golden(adapter.upsert(table, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))))
      on duplicate key update \`expired\` = if(cast(\`sid\` as binary) <> cast(values(\`sid\`) as binary), ~0 + (char_length(\`sid\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`)
      [ 'a', '{"n":0}', <Buffer 61>, '2026-01-31 12:00:00.678' ]"
    `)
  })

  it('writes several rows', () => {
    expect(golden(adapter.upsert(table, rows.slice(0, 2)))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3)))), (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))))
      on duplicate key update \`expired\` = if(cast(\`sid\` as binary) <> cast(values(\`sid\`) as binary), ~0 + (char_length(\`sid\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`)
      [
        'a',
        '{"n":0}',
        <Buffer 61>,
        '2026-01-31 12:00:00.678',
        'b',
        '{"n":1}',
        <Buffer 62>,
        '2026-01-31 12:00:00.679'
      ]"
    `)
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3)))), (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3)))), (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))))
      on duplicate key update \`expired\` = if(cast(\`sid\` as binary) <> cast(values(\`sid\`) as binary), ~0 + (char_length(\`sid\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`)
      [
        'a',
        '{"n":0}',
        <Buffer 61>,
        '2026-01-31 12:00:00.678',
        'b',
        '{"n":1}',
        <Buffer 62>,
        '2026-01-31 12:00:00.679',
        'c',
        '{"n":2}',
        <Buffer 63>,
        '2026-01-31 12:00:00.680'
      ]"
    `)
  })

  it('takes hostile names', () => {
    expect(golden(adapter.upsert(hostile, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "insert into \`auth\`.\`user-sessions\` (\`SessionId\`, \`sess\`, \`expired\`)
      values (?, ?, if(cast(convert(\`SessionId\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`SessionId\`)) as datetime(3))))
      on duplicate key update \`expired\` = if(cast(\`SessionId\` as binary) <> cast(values(\`SessionId\`) as binary), ~0 + (char_length(\`SessionId\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`)
      [ 'a', '{"n":0}', <Buffer 61>, '2026-01-31 12:00:00.678' ]"
    `)
  })
})

describe('an update', () => {
  it('writes a row that is there', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update \`sessions\`
      set \`sess\` = ?, \`expired\` = ?
      where \`sid\` = ? and cast(convert(\`sid\` using utf8mb4) as binary) = ?
      [ '{"n":0}', '2026-01-31 12:00:00.678', 'a', <Buffer 61> ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.update!.statement(hostile, rows.slice(0, 2))))
      .toMatchInlineSnapshot(`
      "update \`auth\`.\`user-sessions\` force index (primary)
      set \`sess\` = case cast(convert(\`SessionId\` using utf8mb4) as binary) when ? then ? when ? then ? else \`sess\` end, \`expired\` = case cast(convert(\`SessionId\` using utf8mb4) as binary) when ? then ? when ? then ? else \`expired\` end
      where \`SessionId\` in (?, ?) and cast(convert(\`SessionId\` using utf8mb4) as binary) in (?, ?) and \`expired\` <=> \`expired\`
      [
        <Buffer 61>,
        '{"n":0}',
        <Buffer 62>,
        '{"n":1}',
        <Buffer 61>,
        '2026-01-31 12:00:00.678',
        <Buffer 62>,
        '2026-01-31 12:00:00.679',
        'a',
        'b',
        <Buffer 61>,
        <Buffer 62>
      ]"
    `)
  })
})

describe('an insert', () => {
  it('writes a new row', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows.slice(0, 1), now)))
      .toMatchInlineSnapshot(`
      "insert into \`sessions\` (\`sid\`, \`sess\`, \`expired\`)
      values (?, ?, if(cast(convert(\`sid\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`sid\`)) as datetime(3))))
      on duplicate key update \`expired\` = if(cast(\`sid\` as binary) <> cast(values(\`sid\`) as binary) or \`expired\` > ? and (\`expired\` <> values(\`expired\`) or cast(cast(\`sess\` as char character set utf8mb4) as binary) <> cast(cast(values(\`sess\`) as char character set utf8mb4) as binary)), ~0 + (char_length(\`sid\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`)
      [ 'a', '{"n":0}', <Buffer 61>, '2026-01-31 12:00:00.678', '2026-01-31 12:00:00.678' ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.insert!.statement(hostile, rows.slice(0, 2), now)))
      .toMatchInlineSnapshot(`
      "insert into \`auth\`.\`user-sessions\` (\`SessionId\`, \`sess\`, \`expired\`)
      values (?, ?, if(cast(convert(\`SessionId\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`SessionId\`)) as datetime(3)))), (?, ?, if(cast(convert(\`SessionId\` using utf8mb4) as binary) = ?, cast(? as datetime(3)), cast(exp(710 + char_length(\`SessionId\`)) as datetime(3))))
      on duplicate key update \`expired\` = if(cast(\`SessionId\` as binary) <> cast(values(\`SessionId\`) as binary) or \`expired\` > ? and (\`expired\` <> values(\`expired\`) or cast(cast(\`sess\` as char character set utf8mb4) as binary) <> cast(cast(values(\`sess\`) as char character set utf8mb4) as binary)), ~0 + (char_length(\`SessionId\`) + 1), values(\`expired\`)), \`sess\` = values(\`sess\`)
      [
        'a',
        '{"n":0}',
        <Buffer 61>,
        '2026-01-31 12:00:00.678',
        'b',
        '{"n":1}',
        <Buffer 62>,
        '2026-01-31 12:00:00.679',
        '2026-01-31 12:00:00.678'
      ]"
    `)
  })
})

describe('a touch', () => {
  it('moves the expiry of a live row', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update \`sessions\`
      set \`expired\` = ?
      where \`sid\` = ? and cast(convert(\`sid\` using utf8mb4) as binary) = ? and \`expired\` > ?
      [ '2026-01-31 12:00:00.678', 'a', <Buffer 61>, '2026-01-31 12:00:00.678' ]"
    `)
  })

  it('moves each row to its own expiry, under hostile names too', () => {
    expect(
      golden(adapter.queries!.touch!.statement(hostile, rows.slice(0, 2), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update \`auth\`.\`user-sessions\` force index (primary)
      set \`expired\` = case cast(convert(\`SessionId\` using utf8mb4) as binary) when ? then ? when ? then ? else \`expired\` end
      where \`SessionId\` in (?, ?) and \`expired\` > ?
      [
        <Buffer 61>,
        '2026-01-31 12:00:00.678',
        <Buffer 62>,
        '2026-01-31 12:00:00.679',
        'a',
        'b',
        '2026-01-31 12:00:00.678'
      ]"
    `)
  })

  it('is the same when it need not be durable', () => {
    expect(adapter.queries!.touch!.statement(table, rows, now, { durable: false })).toEqual(
      adapter.queries!.touch!.statement(table, rows, now, { durable: true }),
    )
  })
})

describe('a delete of a prune', () => {
  it('leaves what has not expired, and has a few shapes', () => {
    const sids = Array.from({ length: 50 }, (_, index) => String(index))
    expect(golden(adapter.queries!.destroyExpired!.statement(hostile, ['a', 'b', 'c'], now)))
      .toMatchInlineSnapshot(`
      "delete
      from \`auth\`.\`user-sessions\` using \`auth\`.\`user-sessions\` force index (primary)
      where \`SessionId\` in (?, ?, ?) and \`expired\` <= ?
      [ 'a', 'b', 'c', '2026-01-31 12:00:00.678' ]"
    `)
    expect(adapter.queries!.destroyExpired!.statement(table, sids, now).bindings).toHaveLength(
      64 + 1,
    )
  })
})

describe('what is bound', () => {
  const withZone = {
    ...table,
    column: { ...table.column, expired: { ...table.column.expired, codec: timestampOfZone } },
  }

  it('is text or bytes, never a number, which drivers send as a DOUBLE whatever the server expects', () => {
    const sids = ['a', 'b', 'c']
    for (const each of [table, withZone]) {
      const statements = [
        adapter.upsert(each, rows),
        adapter.queries!.touch!.statement(each, rows, now, { durable: true }),
        adapter.queries!.touch!.statement(each, rows.slice(0, 1), now, { durable: true }),
        adapter.queries!.read!.statement(each, sids, now),
        adapter.queries!.skipLocked!.statement(each, sids, 'update'),
        adapter.queries!.destroy!.statement(each, sids),
        adapter.queries!.exists!.statement(each, sids),
        adapter.queries!.destroyExpired!.statement(each, sids, now),
      ]
      const kinds = statements.flatMap(({ bindings }) =>
        bindings.map((value) => (Buffer.isBuffer(value) ? 'bytes' : typeof value)),
      )
      expect([...new Set(kinds)].sort()).toEqual(['bytes', 'string'])
    }
  })
})

describe('a look for locks', () => {
  it('locks rows by the primary key, and passes over those that are locked', () => {
    expect(golden(adapter.queries!.skipLocked!.statement(hostile, ['a', 'b', 'c'], 'update')))
      .toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`
      from \`auth\`.\`user-sessions\` force index (primary)
      where \`SessionId\` in (?, ?, ?) and \`expired\` <=> \`expired\` for update skip locked
      [ 'a', 'b', 'c' ]"
    `)
    expect(adapter.queries!.skipLocked!.statement(table, ['a'], 'delete')).toEqual(
      adapter.queries!.skipLocked!.statement(table, ['a'], 'update'),
    )
  })
})

describe('a read', () => {
  it('finds one live row', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['a'], now))).toMatchInlineSnapshot(`
      "select \`sid\` as \`sid\`, cast(cast(\`sess\` as char character set utf8mb4) as binary) as \`sess\`, cast(\`expired\` as char) as \`expired\`
      from \`sessions\` force index (primary)
      where \`sid\` in (?) and \`expired\` > ?
      [ 'a', '2026-01-31 12:00:00.678' ]"
    `)
  })

  it('finds several, under hostile names too', () => {
    expect(golden(adapter.queries!.read!.statement(hostile, ['a', 'b', 'c'], now)))
      .toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`, cast(cast(\`sess\` as char character set utf8mb4) as binary) as \`sess\`, cast(\`expired\` as char) as \`expired\`
      from \`auth\`.\`user-sessions\` force index (primary)
      where \`SessionId\` in (?, ?, ?) and \`expired\` > ?
      [ 'a', 'b', 'c', '2026-01-31 12:00:00.678' ]"
    `)
  })
})

describe('a destroy', () => {
  it('deletes one row and says whether it was there', () => {
    expect(golden(adapter.queries!.destroy!.statement(table, ['a']))).toMatchInlineSnapshot(`
      "delete
      from \`sessions\` using \`sessions\` force index (primary)
      where \`sid\` in (?) and cast(convert(\`sid\` using utf8mb4) as binary) in (?) and \`expired\` <=> \`expired\`
      [ 'a', <Buffer 61> ]"
    `)
  })

  it('deletes several', () => {
    expect(golden(adapter.queries!.destroy!.statement(table, ['a', 'b', 'c', 'd', 'e'])))
      .toMatchInlineSnapshot(`
      "delete
      from \`sessions\` using \`sessions\` force index (primary)
      where \`sid\` in (?, ?, ?, ?, ?, ?) and cast(convert(\`sid\` using utf8mb4) as binary) in (?, ?, ?, ?, ?, ?) and \`expired\` <=> \`expired\`
      [
        'a',         'b',
        'c',         'd',
        'e',         'e',
        <Buffer 61>, <Buffer 62>,
        <Buffer 63>, <Buffer 64>,
        <Buffer 65>, <Buffer 65>
      ]"
    `)
  })

  it('takes hostile names', () => {
    expect(golden(adapter.queries!.destroy!.statement(hostile, ['a']))).toMatchInlineSnapshot(`
      "delete
      from \`auth\`.\`user-sessions\` using \`auth\`.\`user-sessions\` force index (primary)
      where \`SessionId\` in (?) and cast(convert(\`SessionId\` using utf8mb4) as binary) in (?) and \`expired\` <=> \`expired\`
      [ 'a', <Buffer 61> ]"
    `)
    expect(golden(adapter.queries!.destroy!.statement(hostile, ['a', 'b']))).toMatchInlineSnapshot(`
      "delete
      from \`auth\`.\`user-sessions\` using \`auth\`.\`user-sessions\` force index (primary)
      where \`SessionId\` in (?, ?) and cast(convert(\`SessionId\` using utf8mb4) as binary) in (?, ?) and \`expired\` <=> \`expired\`
      [ 'a', 'b', <Buffer 61>, <Buffer 62> ]"
    `)
  })

  it('looks for rows first, of several', () => {
    expect(golden(adapter.queries!.exists!.statement(table, ['a', 'b', 'c', 'd', 'e'])))
      .toMatchInlineSnapshot(`
      "select \`sid\` as \`sid\`
      from \`sessions\` force index (primary)
      where \`sid\` in (?, ?, ?, ?, ?, ?) and cast(convert(\`sid\` using utf8mb4) as binary) in (?, ?, ?, ?, ?, ?)
      [
        'a',         'b',
        'c',         'd',
        'e',         'e',
        <Buffer 61>, <Buffer 62>,
        <Buffer 63>, <Buffer 64>,
        <Buffer 65>, <Buffer 65>
      ]"
    `)
    expect(golden(adapter.queries!.exists!.statement(hostile, ['a']))).toMatchInlineSnapshot(`
      "select \`SessionId\` as \`sid\`
      from \`auth\`.\`user-sessions\` force index (primary)
      where \`SessionId\` in (?) and cast(convert(\`SessionId\` using utf8mb4) as binary) in (?)
      [ 'a', <Buffer 61> ]"
    `)
  })

  it('reads how many there were', () => {
    expect(adapter.queries!.destroy!.answer([{ affectedRows: 2 }, undefined])).toBe(2)
  })
})

describe('a write with a time limit for locks', () => {
  const writes = (on: typeof table & { readonly limitsLocks?: boolean }, lockTimeout?: number) => [
    adapter.upsert(on, rows, { lockTimeout }),
    adapter.queries!.touch!.statement(on, rows, now, { durable: true, lockTimeout }),
    adapter.queries!.destroy!.statement(on, ['a'], { lockTimeout }),
  ]

  it.each([
    [2_500, 2],
    [999, 1],
    [499, 0],
  ])(
    'says so to MariaDB in whole seconds, and waits for no lock where there is less than half of one: %d ms',
    (lockTimeout, seconds) => {
      for (const on of [table, { ...table, limitsLocks: true }]) {
        for (const [place, { sql, stopAfter }] of writes(on, lockTimeout).entries()) {
          const comment = `/*M!100102 set statement innodb_lock_wait_timeout = ${seconds} for */ `
          expect({ sql, stopAfter }).toEqual({
            sql: comment + (writes(on)[place]?.sql ?? ''),
            stopAfter: undefined,
          })
        }
      }
    },
  )

  it('is to be stopped on MySQL, which takes that for a comment', () => {
    const mysql = { ...table, limitsLocks: false }
    expect(writes(mysql, 900)).toEqual(
      writes(table, 900).map((statement) => ({ ...statement, stopAfter: 900 })),
    )
  })

  it('sets the zone as well where the expiry depends on that of the connection', () => {
    const expired = { ...table.column.expired, codec: timestampOfZone }
    const zoned = { ...table, column: { ...table.column, expired } }
    expect(adapter.queries!.destroy!.statement(zoned, ['a'], { lockTimeout: 1_000 }).sql).toMatch(
      /^\/\*M!100102 set statement time_zone = '\+00:00', innodb_lock_wait_timeout = 1 for \*\/ delete \/\*\+ set_var\(time_zone = '\+00:00'\) \*\/ /,
    )
  })
})
