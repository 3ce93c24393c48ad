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
      "alter table \`sessions\` add column \`created_at\` datetime
      []
      alter table \`sessions\` add column \`version\` varchar(32)
      []"
    `)
  })

  it('has a row updated only over the version that it was made from', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`sess\` = ?, \`expired\` = ?, \`created_at\` = ?, \`version\` = ?
      where t.\`sid\` = ? and t.\`sid\` collate binary = ? and coalesce(t.\`version\`, '0000000000000000') like ? returning \`sid\` as \`sid\`
      [
        '{"of":"a"}',
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z',
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        'a',
        'a',
        '0123456789abcdef%'
      ]"
    `)
  })

  it('has several rows updated likewise, each over its own', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`sess\` = v.column2, \`expired\` = v.column3, \`created_at\` = v.column4, \`version\` = v.column5
      from (values (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)) as v
      where t.\`sid\` = v.column1 and t.\`sid\` collate binary = v.column1 and coalesce(t.\`version\`, '0000000000000000') like substr(v.column5, 17, 16) || '%' returning \`sid\` as \`sid\`
      [
        'a',
        '{"of":"a"}',
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z',
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        'b',
        '{"of":"b"}',
        '2026-01-31T12:00:00.678Z',
        '2026-01-31T12:00:00.678Z',
        'bbbbbbbbbbbbbbbb0123456789abcdef'
      ]"
    `)
  })

  it('has the creation written by every touch', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update \`sessions\` as t
      set \`expired\` = ?, \`created_at\` = ?
      where t.\`sid\` = ? and t.\`sid\` collate binary = ? and t.\`expired\` > ?
      [ '2026-01-31T12:00:00.678Z', '2026-01-31T12:00:00.678Z', 'a', 'a', '2026-01-31T12:00:00.678Z' ]"
    `)
  })
})
