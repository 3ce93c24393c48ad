import { sessionTable, toEpochMs, type ColumnNames } from '@knex-session/core/dialect'
import { now as noon } from '../../dialect-testkit/test/golden-tables.js'
import { refusedTimes } from '../../dialect-testkit/test/refused-times.js'
import { adapter } from '../src/adapter.js'
import type { FoundTable } from '../src/found-table.js'
import { golden } from './golden.js'

/** What becomes of a table of express-mysql-session whose expiry is of a type. */
function found(Type: string, expired: ColumnNames['expired'] = 'expires'): FoundTable | string {
  const columns = { sid: 'session_id', sess: 'data', expired }
  const cells = [
    { Field: 'session_id', Type: 'varchar(128)', Null: 'NO', Key: 'PRI', Default: null, Extra: '' },
    { Field: 'expires', Type, Null: 'NO', Key: '', Default: null, Extra: '' },
    { Field: 'data', Type: 'mediumtext', Null: 'YES', Key: '', Default: null, Extra: '' },
  ]
  const keys = [{ Key_name: 'PRIMARY', Non_unique: 0, Column_name: 'session_id', Sub_part: null }]
  const table = sessionTable({ columns }, adapter.times)
  const [, , { bindings }] = adapter.server!.inspect!.statements(table) as never as [
    unknown,
    unknown,
    { bindings: [string] },
  ]
  const server = {
    mode: 'STRICT_TRANS_TABLES',
    longest: 16_777_216,
    cut: 0,
    arrived: bindings[0],
    limits: 1,
    numbers: '[]',
  }
  return adapter.server!.inspect!.answer([[cells], [keys], [[server]], [[]]], table)
}

it.each<[string, ColumnNames['expired'], unknown]>([
  ['int(11) unsigned', 'expires', '1769860800'],
  ['int unsigned', { name: 'expires', type: 'unix-seconds' }, '1769860800'],
  ['bigint(20)', { name: 'expires', type: 'unix-seconds' }, '1769860800'],
  ['bigint unsigned', { name: 'expires', type: 'unix-ms' }, '1769860800678'],
  ['decimal(13,0)', { name: 'expires', type: 'unix-ms' }, '1769860800678'],
  ['datetime', 'expires', '2026-01-31 12:00:00.678'],
])('a column of the type %s gets, by %j, %s', (type, expired, value) => {
  const table = found(type, expired) as FoundTable
  const bindings = adapter.queries!.touch!.statement(table, [{ sid: 'a', expired: noon }], noon, {
    durable: true,
  }).bindings
  expect([bindings[0], bindings.at(-1)]).toEqual([value, value])
})

it('an int holds no later end than its last second', () => {
  const end = (type: string) =>
    (found(type) as FoundTable).column.expired.codec?.encode(toEpochMs(8.64e15))
  expect([end('int'), end('int unsigned')]).toEqual(['2147483647', '4294967295'])
})

it.each(refusedTimes)('a column of the type %s is refused by %j', (type, expired, says) => {
  expect(found(type, expired)).toMatch(says)
})

it('the statements on a table of express-mysql-session are of its names and seconds', () => {
  const table = found('int(11) unsigned') as FoundTable
  const row = { sid: 'a', sess: '{}', expired: noon }
  const { queries } = adapter
  expect(golden(adapter.upsert(table, [row]))).toMatchInlineSnapshot(`
    "insert into \`sessions\` (\`session_id\`, \`data\`, \`expires\`)
    values (?, ?, if(cast(convert(\`session_id\` using utf8mb4) as binary) = ?, cast(? as unsigned), exp(710 + char_length(\`session_id\`))))
    on duplicate key update \`expires\` = if(cast(\`session_id\` as binary) <> cast(values(\`session_id\`) as binary), ~0 + (char_length(\`session_id\`) + 1), values(\`expires\`)), \`data\` = values(\`data\`)
    [ 'a', '{}', <Buffer 61>, '1769860800' ]"
  `)
  expect(golden(queries!.read!.statement(table, ['a'], noon))).toMatchInlineSnapshot(`
    "select \`session_id\` as \`sid\`, cast(cast(\`data\` as char character set utf8mb4) as binary) as \`sess\`, cast(\`expires\` as char) as \`expired\`
    from \`sessions\` force index (primary)
    where \`session_id\` in (?) and \`expires\` > cast(? as unsigned)
    [ 'a', '1769860800' ]"
  `)
  expect(golden(queries!.touch!.statement(table, [row], noon, { durable: true })))
    .toMatchInlineSnapshot(`
    "update \`sessions\`
    set \`expires\` = cast(? as unsigned)
    where \`session_id\` = ? and cast(convert(\`session_id\` using utf8mb4) as binary) = ? and \`expires\` > cast(? as unsigned)
    [ '1769860800', 'a', <Buffer 61>, '1769860800' ]"
  `)
})
