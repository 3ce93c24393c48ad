import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  sessionTable,
  toEpochMs,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'
import { SessionQueries } from '../../core/src/table/queries.js'
import { adapter } from '../src/adapter.js'
import { native } from './golden.js'

const now = toEpochMs(Date.UTC(2026, 0, 31))
const many = (count: number): SessionRow[] =>
  Array.from({ length: count }, (_, index) => ({ sid: `sid-${index}`, sess: '{}', expired: now }))

/** What a block has executed. */
function immediate({ sql }: Statement): readonly Statement[] {
  return [...sql.matchAll(/execute immediate '((?:[^']|'')*)'/g)].map(([, text = '']) => ({
    sql: text.replaceAll("''", "'"),
    bindings: [],
  }))
}

/** Every statement on a table, as knex compiles it, at numbers of rows and of sids. */
function statementsOn(
  names: string,
  table: SessionTable,
  sizes: readonly (readonly [rows: number, sids: number])[],
): [string, string][] {
  const titled = (title: string, statement: Statement): [string, string] => [
    `${title}, ${names}`,
    native(statement).sql,
  ]
  const create = adapter
    .createTable(table, {})
    .flatMap((block) => [block, ...immediate(block)])
    .map((statement) => titled(statement.sql.slice(0, 12).trim(), statement))
  const work = sizes.flatMap(([rows, sids]) => [
    titled(`upsert of ${rows}`, adapter.upsert(table, many(rows))),
    titled(
      `touch of ${rows}`,
      adapter.queries!.touch!.statement(table, many(rows), now, { durable: true }),
    ),
    titled(
      `read of ${sids}`,
      adapter.queries!.read!.statement(
        table,
        many(sids).map(({ sid }) => sid),
        now,
      ),
    ),
  ])
  const [one] = sizes
  const written = one === undefined ? [] : many(one[0])
  const others = [
    titled('update', adapter.queries!.update!.statement(table, written)),
    titled('insert', adapter.queries!.insert!.statement(table, written, now)),
  ]
  return [...create, ...work, ...others]
}

const accepted = [
  ...statementsOn('default names', sessionTable(), [
    [1, 1],
    [2, 2],
    [adapter.limits.rows, adapter.limits.sids],
  ]),
  ...statementsOn(
    'hostile names',
    sessionTable({ schemaName: 'auth', tableName: 'user-sessions', columns: { sid: 'SessionId' } }),
    [[2, 2]],
  ),
  ...statementsOn('words of SQL', sessionTable({ tableName: 'order', columns: { sid: 'p_sid' } }), [
    [1, 1],
  ]),
]

const withoutZone = adapter.server!.inspect!.answer(
  [[{ name: 'expired', type: 'DATE' }]],
  sessionTable(),
) as SessionTable
accepted.push(...statementsOn('a date', withoutZone, [[2, 2]]))

const queries = new SessionQueries(
  knex({ client: 'oracledb' }),
  adapter,
  sessionTable({ schemaName: 'auth', tableName: 'user-sessions' }),
)
const composed: readonly (readonly [string, Knex.QueryBuilder])[] = [
  ['the look for the table', queries.check()],
  ['the list of live sessions', queries.live(now)],
  ['the count of live sessions', queries.count(now)],
  ['the look for sessions', queries.fields(['sid'], ['a', 'b'])],
  ['the deletion of sessions', queries.destroy(['a', 'b'])],
  ['the deletion of all sessions', queries.clear()],
  ['the look for expired sessions', queries.expired(now, { limit: 200, from: now })],
  ['the deletion of expired sessions', queries.destroyExpired(['a', 'b'], now)],
]
accepted.push(
  ...composed.map(([title, query]): [string, string] => [title, query.toSQL().toNative().sql]),
)

const sqlOf = (title: string): string =>
  accepted.find(([each]) => each === `${title}, default names`)?.[1] ?? ''

const refused: readonly (readonly [string, string])[] = [
  ['an upsert without an `end loop;`', sqlOf('upsert of 1').replace('end loop;\n', '')],
  ['an upsert without a semicolon', sqlOf('upsert of 1').replace('raise;\nend;', 'raise\nend;')],
  ['an upsert with a parenthesis too many', sqlOf('upsert of 1').replace('values (', 'values ((')],
  ['a read with a parenthesis missing', sqlOf('read of 1').replace(') and', ' and')],
  ['a table with a parenthesis missing', sqlOf('create table').replace(/\)$/, '')],
]

/**
 * What the grammar has to say of each text. One process for all of them: it takes seconds to start.
 */
async function complaints(texts: readonly string[]): Promise<readonly (readonly string[])[]> {
  const child = spawn(process.execPath, [join(__dirname, 'grammar.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(texts))
  return JSON.parse(await text(child.stdout)) as readonly (readonly string[])[]
}

/** The grammar is slow, the more so the longer a statement is. */
const timeout = 180_000

describe('the grammar of PL/SQL', () => {
  const found = new Map<string, readonly string[]>()

  beforeAll(async () => {
    const all = [...accepted, ...refused]
    const answers = await complaints(all.map(([, sql]) => sql))
    all.forEach(([title], index) => found.set(title, answers[index]!))
  }, timeout)

  it.each(accepted.map(([title]) => title))('accepts the %s', (title) => {
    expect(found.get(title)).toEqual([])
  })

  it.each(refused)('refuses %s', (title, sql) => {
    expect(accepted.map(([, each]) => each)).not.toContain(sql)
    expect(found.get(title)).not.toEqual([])
  })
})
