import {
  now,
  rowsWithVersions as rows,
  tableOfVersions as table,
} from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

describe('a table with versions', () => {
  it('gets its columns where it is there', () => {
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    expect(adapter.addColumns!(table, missing, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table \`sessions\` add column \`created_at\` datetime(3) null, add column \`version\` varchar(32) character set utf8mb4 collate utf8mb4_bin null
      []"
    `)
  })

  it('has a row updated only over the version that it was made from', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update \`sessions\`
      set \`sess\` = ?, \`expired\` = ?, \`created_at\` = ?, \`version\` = ?
      where \`sid\` = ? and cast(convert(\`sid\` using utf8mb4) as binary) = ? and coalesce(\`version\`, '0000000000000000') like ?
      [
        '{"of":"a"}',
        '2026-01-31 12:00:00.678',
        '2026-01-31 12:00:00.678',
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        'a',
        <Buffer 61>,
        '0123456789abcdef%'
      ]"
    `)
  })

  it('has several rows updated likewise, each over its own', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "update \`sessions\` force index (primary)
      set \`sess\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`sess\` end, \`expired\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`expired\` end, \`created_at\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`created_at\` end, \`version\` = case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? else \`version\` end
      where \`sid\` in (?, ?) and cast(convert(\`sid\` using utf8mb4) as binary) in (?, ?) and \`expired\` <=> \`expired\` and coalesce(\`version\`, '0000000000000000') like case cast(convert(\`sid\` using utf8mb4) as binary) when ? then ? when ? then ? end
      [
        <Buffer 61>,
        '{"of":"a"}',
        <Buffer 62>,
        '{"of":"b"}',
        <Buffer 61>,
        '2026-01-31 12:00:00.678',
        <Buffer 62>,
        '2026-01-31 12:00:00.678',
        <Buffer 61>,
        '2026-01-31 12:00:00.678',
        <Buffer 62>,
        '2026-01-31 12:00:00.678',
        <Buffer 61>,
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        <Buffer 62>,
        'bbbbbbbbbbbbbbbb0123456789abcdef',
        'a',
        'b',
        <Buffer 61>,
        <Buffer 62>,
        <Buffer 61>,
        '0123456789abcdef%',
        <Buffer 62>,
        '0123456789abcdef%'
      ]"
    `)
  })

  it('has the creation written by every touch', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update \`sessions\`
      set \`expired\` = ?, \`created_at\` = ?
      where \`sid\` = ? and cast(convert(\`sid\` using utf8mb4) as binary) = ? and \`expired\` > ?
      [ '2026-01-31 12:00:00.678', '2026-01-31 12:00:00.678', 'a', <Buffer 61>, '2026-01-31 12:00:00.678' ]"
    `)
  })
})
