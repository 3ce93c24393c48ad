import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sessionTable, type ErrorKind } from '@knex-session/core/dialect'
import Database from 'better-sqlite3'
import knex from 'knex'
import { classify } from '../src/errors.js'

const folder = mkdtempSync(join(tmpdir(), 'knex-session-errors-'))
afterAll(() => rmSync(folder, { recursive: true }))

const schema =
  'create table sessions (sid varchar(255) not null primary key, n int unique, m int check (m > 0))'

/** What SQL on a fresh database throws. */
function thrownBy(sql: string): unknown {
  const database = new Database(':memory:')
  database.exec(schema)
  try {
    return thrown(() => database.exec(sql))
  } finally {
    database.close()
  }
}

function thrown(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

const statements: readonly (readonly [sql: string, code: string, kind: ErrorKind])[] = [
  ["insert into sessions (sid) values ('a'), ('a')", 'SQLITE_CONSTRAINT_PRIMARYKEY', 'duplicate'],
  [
    "insert into sessions (sid, n) values ('a', 1), ('b', 1)",
    'SQLITE_CONSTRAINT_UNIQUE',
    'duplicate',
  ],
  ['insert into sessions (sid) values (null)', 'SQLITE_CONSTRAINT_NOTNULL', 'other'],
  ["insert into sessions (sid, m) values ('a', 0)", 'SQLITE_CONSTRAINT_CHECK', 'other'],
  ['select * from nowhere', 'SQLITE_ERROR', 'missing-table'],
  ['select * from main.`order`', 'SQLITE_ERROR', 'missing-table'],
  ['select no_such_column from sessions', 'SQLITE_ERROR', 'other'],
  ['selec 1', 'SQLITE_ERROR', 'unsupported'],
  ['delete from sessions return sid', 'SQLITE_ERROR', 'unsupported'],
  ['select no_such_function(sid) from sessions', 'SQLITE_ERROR', 'unsupported'],
  ["select sid = 'a' collate nowhere from sessions", 'SQLITE_ERROR_MISSING_COLLSEQ', 'unsupported'],
  [schema, 'SQLITE_ERROR', 'already-exists'],
]

describe('an error of better-sqlite3', () => {
  it.each(statements)('to `%s` has code %s and is %s', (sql, code, kind) => {
    const error = thrownBy(sql)
    expect(error).toMatchObject({ name: 'SqliteError', code })
    expect(classify(error)).toBe(kind)
  })

  it('about a unique key means a race if the key is that of the session id, and another session otherwise', () => {
    const table = sessionTable()
    const kindOf = (sql: string) => classify(thrownBy(sql), table)
    expect(kindOf("insert into sessions (sid) values ('a'), ('a')")).toBe('duplicate')
    expect(kindOf("insert into sessions (sid, n) values ('a', 1), ('b', 1)")).toBe('sid-taken')
    const primary = (message: string) =>
      classify(Object.assign(new Error(message), { code: 'SQLITE_CONSTRAINT' }), table)
    expect(primary('UNIQUE constraint failed: sessions.sid')).toBe('duplicate')
    expect(primary('UNIQUE constraint failed: sessions.n, sessions.sid')).toBe('sid-taken')
  })

  it('is retryable when another connection writes, whether it holds the lock or has overtaken the snapshot', () => {
    const file = join(folder, 'busy.sqlite')
    const [one, other] = [new Database(file, { timeout: 0 }), new Database(file, { timeout: 0 })]
    one.exec('pragma journal_mode = wal; create table t (n int)')
    one.exec('begin immediate')
    const busy = thrown(() => other.exec('insert into t values (1)'))
    one.exec('commit')
    other.exec('begin; select * from t')
    one.exec('insert into t values (1)')
    const overtaken = thrown(() => other.exec('insert into t values (2)'))
    expect([busy, overtaken].map((error) => (error as { code?: string }).code)).toEqual([
      'SQLITE_BUSY',
      'SQLITE_BUSY_SNAPSHOT',
    ])
    expect([busy, overtaken].map((error) => classify(error))).toEqual(['retryable', 'retryable'])
    for (const database of [one, other]) database.close()
  })

  it('is retryable by its primary code, whatever the extension', () => {
    for (const code of [
      'SQLITE_LOCKED',
      'SQLITE_LOCKED_SHAREDCACHE',
      'SQLITE_BUSY_RECOVERY',
      'SQLITE_PROTOCOL',
      'SQLITE_SCHEMA',
    ]) {
      expect(classify(new Database.SqliteError('refused', code))).toBe('retryable')
    }
  })

  it('is no reason to try again when the file is not a database, not to be written or not to be opened', () => {
    const file = join(folder, 'text.sqlite')
    writeFileSync(
      file,
      'this is a text, and a long one, so that it has a header of its own. '.repeat(20),
    )
    const text = new Database(file)
    new Database(join(folder, 'readonly.sqlite')).exec('create table t (n int)').close()
    const readonly = new Database(join(folder, 'readonly.sqlite'), { readonly: true })
    const errors = [
      thrown(() => text.exec('select * from t')),
      thrown(() => readonly.exec('insert into t values (1)')),
      thrown(() => new Database(folder)),
    ]
    expect(errors.map((error) => (error as { code?: string }).code)).toEqual([
      'SQLITE_NOTADB',
      'SQLITE_READONLY',
      'SQLITE_CANTOPEN',
    ])
    expect(errors.map((error) => classify(error))).toEqual(['other', 'other', 'other'])
    for (const database of [text, readonly]) database.close()
  })
})

describe('an error that knex passes on', () => {
  it('knows a missing table behind the statement, and of nothing that a value says', async () => {
    const database = knex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
    })
    const failures = [
      'select * from nowhere where sid = ?',
      'select no_such_column where sid = ?',
    ].map(async (sql) =>
      database.raw(sql, ['x - no such table: sessions']).then(
        () => undefined,
        (error: unknown) => classify(error),
      ),
    )
    const kinds = await Promise.all(failures)
    await database.destroy()
    expect(kinds).toEqual(['missing-table', 'other'])
  })
})
