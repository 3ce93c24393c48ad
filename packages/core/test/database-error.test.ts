import { inspect } from 'node:util'
import { databaseError } from '../src/database-error.js'
import type { DialectAdapter, ErrorKind } from '../src/dialect/adapter.js'
import { sessionTable } from '../src/dialect/table.js'
import { SessionStoreError } from '../src/errors.js'

const table = sessionTable({ tableName: 'user-sessions', schemaName: 'auth' })

function work(kind: ErrorKind) {
  return { adapter: { name: 'testing', classify: () => kind } as unknown as DialectAdapter, table, work: 'writing sessions' }
}

/** An error as knex throws it: the statement with its values, then the driver's text. */
function knexError(text: string, fields: object = {}): Error {
  const error = Object.assign(new Error(text), fields)
  error.message = `insert into "auth"."user-sessions" values ('sid-CANARY', '{"a - CANARY":"CANARY"}') - ${text}`
  return error
}

describe('errors of the database', () => {
  it.each([
    ['the statement', knexError('relation "user-sessions" does not exist', { code: '42P01' })],
    ['a quoted value', knexError(`invalid input syntax for type json: "CANARY 'x' CANARY"`, { code: '22P02' })],
    ['a value in parentheses', knexError('Cannot insert duplicate key. The duplicate key value is (CANARY).', { number: 2627 })],
    ['a field of the driver', knexError('failed', { code: 'X', detail: 'Key (sid)=(CANARY)', sql: 'CANARY', parameters: ['CANARY'] })],
    [
      'further lines',
      knexError("failed\nsql: insert CANARY - parameters:['CANARY']", { sqlMessage: "Duplicate entry 'CANARY' for key 'PRIMARY'" }),
    ],
    ['a value with a dash, by the driver', new Error('invalid input syntax for type integer: "x - CANARY"')],
    ['a value with a dash, by knex', knexError('invalid input syntax for type integer: "x - CANARY"')],
    ['a value of several lines', new Error('invalid input syntax for type integer: "CANARY\nx CANARY"')],
    ['a value like a frame', knexError("Incorrect integer value: 'x\n    at CANARY (file:1:1)' for column 'a' at row 1")],
    ['the text of a trigger', knexError('refused CANARY', { code: 'P0001' })],
    ['the rest of a parenthesis', knexError('a value (x - CANARY) is wrong', { number: 547 })],
    ['a code that is text', knexError('failed', { code: 'CANARY in a sentence' })],
  ])('show nothing of a session: %s', (_, thrown) => {
    const error = databaseError(thrown, work('other'))
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('CANARY')
    expect(error.stack).not.toContain('CANARY')
    expect((error.cause as Error).stack).toMatch(/\n\s+at /)
  })

  it('keep the names of the table and the code of the database', () => {
    const error = databaseError(knexError('relation "auth.user-sessions" does not exist', { code: '42P01' }), work('missing-table'))
    expect(error).toMatchObject({ code: 'ERR_TABLE_MISSING', kind: 'missing-table', databaseCode: '42P01', dialect: 'testing' })
    expect(error.message).toBe('[knex-session] [testing] writing sessions failed (42P01): relation "auth.user-sessions" does not exist')
  })

  it('keep the name of a table that is quoted in parts', () => {
    const sqlMessage = "SELECT command denied to user 'web'@'localhost' for table `auth`.`user-sessions`"
    expect(databaseError(knexError(sqlMessage, { sqlMessage }), work('other')).message).toContain('for table `auth.user-sessions`')
  })

  it('take a pool that has no connection for a lost connection, whatever the dialect says', () => {
    const thrown = Object.assign(new Error('Knex: Timeout acquiring a connection.'), {
      name: 'KnexTimeoutError',
      sql: 'x',
      bindings: ['CANARY'],
    })
    const error = databaseError(thrown, work('other'))
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT', kind: 'connection' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('CANARY')
  })

  it('pass an error of the store through, and take anything that was thrown', () => {
    const own = new SessionStoreError({ code: 'ERR_CLOSED', message: 'closed' })
    expect(databaseError(own, work('other'))).toBe(own)
    expect(databaseError('CANARY', work('other')).message).not.toContain('CANARY')
    expect(databaseError(undefined, work('other')).code).toBe('ERR_DATABASE')
  })
})
