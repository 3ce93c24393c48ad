import createKnex from 'knex'
import type { DialectAdapter } from '../src/dialect/index.js'
import { defineDialect, type DialectSpec } from '../src/dialect/index.js'
import { sessionTable } from '../src/dialect/table.js'
import { SessionQueries } from '../src/table/queries.js'

const codec = { encode: (value: unknown) => value, decode: (cell: unknown) => cell }
const spec = {
  name: 'typed',
  clients: ['typed'],
  quoteIdentifier: (name: string) => `"${name}"`,
  createTable: () => [],
  upsert: () => ({ sql: '', bindings: [] }),
  json: codec,
  timestamp: codec,
  classify: () => 'other',
  exactSid: { plainParameter: 'cast(? as varchar(255))' },
} as unknown as DialectSpec

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
afterAll(() => knex.destroy())

function sqlOf(more: Partial<DialectAdapter> = {}): { sql: string; bindings: readonly unknown[] } {
  const queries = new SessionQueries(knex, defineDialect({ ...spec, ...more }), sessionTable())
  return queries.fields(['sid'], ['a', 'b']).toSQL()
}

describe('a session id is sent through `exactSid.plainParameter`', () => {
  it('where `=` distinguishes ids', () => {
    expect(sqlOf()).toMatchObject({
      sql: 'select "sid" as "sid" from "sessions" where "sid" in (cast(? as varchar(255)), cast(? as varchar(255)))',
      bindings: ['a', 'b'],
    })
  })

  it('where they need an exact comparison', () => {
    const exactSid = {
      column: (quoted: string) => `exact(${quoted})`,
      parameter: '?',
      plainParameter: 'cast(? as varchar(255))',
    }
    const { sql, bindings } = sqlOf({ exactSid })
    expect(sql).toContain(
      '"sid" in (cast(? as varchar(255)), cast(? as varchar(255))) and exact("sid") in (?, ?)',
    )
    expect(bindings).toEqual(['a', 'b', 'a', 'b'])
  })

  it('which holds one placeholder', () => {
    expect(() => defineDialect({ ...spec, exactSid: { plainParameter: 'cast(? as ?)' } })).toThrow(
      '`exactSid.plainParameter` to hold exactly one placeholder',
    )
  })
})
