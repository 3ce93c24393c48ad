import { inspect } from 'node:util'
import { databaseError, type TableWork } from '../src/statement/database-error.js'
import type { DialectAdapter, ErrorKind } from '../src/dialect/index.js'
import { sessionTable } from '../src/dialect/table.js'
import { SessionStoreError } from '../src/errors.js'

const table = sessionTable({ tableName: 'user-sessions', schemaName: 'auth' })

function work(kind: ErrorKind, what: TableWork = 'writing sessions') {
  return {
    adapter: {
      name: 'testing',
      clients: ['testing'],
      classify: () => kind,
    } as unknown as DialectAdapter,
    table,
    work: what,
  }
}

/** The message behind the code of an error with such a text. */
function textOf(text: string, fields: object = {}, what?: TableWork): string {
  const { message } = databaseError(Object.assign(new Error(text), fields), work('other', what))
  return message
    .slice(message.indexOf(' failed') + ' failed'.length)
    .replace(/^(?: \(.*?\))?: /, '')
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
    [
      'a quoted value',
      knexError(`invalid input syntax for type json: "CANARY 'x' CANARY"`, { code: '22P02' }),
    ],
    [
      'a value in parentheses',
      knexError('Cannot insert duplicate key. The duplicate key value is (CANARY).', {
        number: 2627,
      }),
    ],
    [
      'a field of the driver',
      knexError('failed', {
        code: 'X',
        detail: 'Key (sid)=(CANARY)',
        sql: 'CANARY',
        parameters: ['CANARY'],
      }),
    ],
    [
      'further lines',
      knexError("failed\nsql: insert CANARY - parameters:['CANARY']", {
        sqlMessage: "Duplicate entry 'CANARY' for key 'PRIMARY'",
      }),
    ],
    [
      'a value with a dash, by the driver',
      new Error('invalid input syntax for type integer: "x - CANARY"'),
    ],
    [
      'a value with a dash, by knex',
      knexError('invalid input syntax for type integer: "x - CANARY"'),
    ],
    [
      'a value of several lines',
      new Error('invalid input syntax for type integer: "CANARY\nx CANARY"'),
    ],
    [
      'a value like a frame',
      knexError("Incorrect integer value: 'x\n    at CANARY (file:1:1)' for column 'a' at row 1"),
    ],
    ['the text of a trigger', knexError('refused CANARY', { code: 'P0001' })],
    [
      'the text of a trigger that took the code of the server',
      knexError('refused CANARY of user-CANARY', { code: '23505' }),
    ],
    [
      'the text of a trigger, said to be by PL/pgSQL',
      knexError('access CANARY', { code: '42501', routine: 'exec_stmt_raise' }),
    ],
    [
      'a value beside other characters',
      knexError('error:CANARY; ✔CANARY, not-CANARY/CANARY.sessions', { code: '42501' }),
    ],
    [
      'a value behind which a name stands',
      knexError('relation "CANARY.user-sessions" does not exist', { code: '42P01' }),
    ],
    [
      'a value between names',
      knexError('"sess" CANARY "sid" is wrong, "sess" is "CANARY" not "sid"', { code: '22P02' }),
    ],
    ['the rest of a parenthesis', knexError('a value (x - CANARY) is wrong', { number: 547 })],
    ['a code that is text', knexError('failed', { code: 'CANARY in a sentence' })],
  ])('show nothing of a session: %s', (_, thrown) => {
    const error = databaseError(thrown, work('other'))
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('CANARY')
    expect(error.stack).not.toContain('CANARY')
    expect((error.cause as Error).stack).toMatch(/\n\s+at /)
  })

  it('keep the names of the table and the code of the database', () => {
    const thrown = knexError('relation "auth.user-sessions" does not exist', { code: '42P01' })
    const error = databaseError(thrown, work('missing-table'))
    expect(error).toMatchObject({
      code: 'ERR_TABLE_MISSING',
      kind: 'missing-table',
      databaseCode: '42P01',
      dialect: 'testing',
    })
    expect(error.message).toBe(
      "[knex-session] [testing] writing sessions failed (42P01): there is no table 'user-sessions' in the schema 'auth'" +
        '\nSee https://github.com/knex-session/knex-session/blob/main/docs/errors.md#err_table_missing',
    )
  })

  it.each([
    ["Data too long for column 'sess' at row 1", `and names 'sess'; `],
    [
      'null value in column "CANARY" of relation "user-sessions" violates not-null constraint',
      `and names 'user-sessions'; `,
    ],
    ['column user-sessions.expired is of type integer', `and names 'user-sessions', 'expired'; `],
    ['value too long', 'the database refused it; '],
  ])('name what is the store’s own in %s', (text, reported) => {
    expect(textOf(text)).toContain(reported)
    expect(textOf(text)).not.toContain('CANARY')
    expect(textOf(knexError(text).message)).toBe(textOf(text))
  })

  it.each(
    [
      'ungültige Eingabesyntax für Typ integer: »CANARY«',
      'syntaxe en entrée invalide pour le type integer : « CANARY »',
      'sintaxis de entrada no válida: «CANARY»',
      'nieprawidłowa składnia: „CANARY”',
      'neplatná syntaxe: „CANARY“',
      '不正な構文: “CANARY”、「CANARY」、『CANARY』',
      'CANARY‘CANARY’ ‚CANARY‘ ‹CANARY› ›CANARY‹',
      'غير صالح: CANARY',
    ].flatMap((text) => [
      [text, {}],
      [text, { sqlMessage: text }],
    ]),
  )('show nothing of a session in another language: %s', (text, fields) => {
    const error = databaseError(knexError(text, { code: '22P02', ...fields }), work('other'))
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('CANARY')
  })

  it.each([
    'looking for the session table',
    'creating the session table',
    'connecting to the database',
  ] as const)('keep the whole text of %s, in the language of the server', (what) => {
    for (const text of [
      'password authentication failed for user "web"',
      'database "shop" does not exist',
      "Access denied for user 'web'@'localhost' (using password: YES)",
      "SELECT command denied to user 'web'@'localhost' for table `auth`.`user-sessions`",
      'RSA public key is not available client side. Either set option `cachingRsaPublicKey`, or allowPublicKeyRetrieval',
      'Relation »user-sessions« existiert nicht',
      'keine Berechtigung für Schema public',
    ]) {
      const reported = textOf(knexError(text).message, { code: '42P01' }, what)
      expect(reported.startsWith(`${text}; `)).toBe(true)
    }
  })

  it('say what to do about a table or a connection that cannot be had, unless it is an outage', () => {
    expect(textOf('no', {}, 'creating the session table')).toMatch(/createTable: false/)
    expect(textOf('no', {}, 'looking for the session table')).toMatch(
      /table 'user-sessions' in the schema 'auth' must have the columns 'sid', 'sess', /,
    )
    expect(textOf('no', {}, 'connecting to the database')).toMatch(
      /^no; check the configuration of knex\nSee /,
    )
    expect(
      databaseError(new Error('gone'), work('connection', 'connecting to the database')).message,
    ).toMatch(/: gone\nSee /)
  })

  it('keep the file of a database that is one', () => {
    const failed = { ...work('connection', 'connecting to the database'), file: './web.sqlite' }
    expect(databaseError(new Error('unable to open database file'), failed).message).toMatch(
      /file \(file '\.\/web\.sqlite'\)\nSee /,
    )
  })

  it.each([
    ['the driver', {}, true],
    ['MariaDB’s connector, by an SQLSTATE', { sqlState: '08S01' }, true],
    ['PostgreSQL', { severity: 'FATAL' }, undefined],
    ['MySQL or MariaDB', { sqlState: 'HY000' }, undefined],
  ])(
    'tell a connection that was lost under way from what the server said: %s',
    (_, fields, lost) => {
      const thrown = Object.assign(new Error('gone'), fields)
      expect(databaseError(thrown, { ...work('connection'), isUnderWay: true }).lostUnderWay).toBe(
        lost,
      )
      expect(databaseError(thrown, work('connection')).lostUnderWay).toBeUndefined()
    },
  )

  it('keep the addresses of a server that is away', () => {
    const failed = work('connection', 'connecting to the database')
    const refused = ['::1', '127.0.0.1'].map(
      (address) => new Error(`connect ECONNREFUSED ${address}:5432`),
    )
    const thrown = Object.assign(new AggregateError(refused), { code: 'ECONNREFUSED' })
    expect(databaseError(thrown, failed).message).toMatch(
      /\(ECONNREFUSED\): connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127\.0\.0\.1:5432\nSee /,
    )
    expect(
      databaseError(Object.assign(new Error(''), { code: 'ECONNREFUSED' }), failed).message,
    ).toMatch(/: the driver gave no reason\nSee /)
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

  it('have the code that the adapter finds, unless it is text', () => {
    const { adapter, ...failed } = work('other')
    const errorCode = (error: unknown) => (error as { gdscode?: unknown }).gdscode
    const codeOf = (gdscode: unknown) => {
      const thrown = Object.assign(new Error('failed'), { gdscode, code: 'E' })
      return databaseError(thrown, { ...failed, adapter: { ...adapter, server: { errorCode } } })
        .databaseCode
    }
    expect(codeOf(335544569)).toBe(335544569)
    expect(codeOf('CANARY in a sentence')).toBe('E')
    expect(codeOf(undefined)).toBe('E')
  })

  it('show no field that is not known', () => {
    const error = new SessionStoreError({ code: 'ERR_CLOSED', message: 'closed' })
    expect(Object.keys(error)).toEqual(['name', 'code'])
    expect(inspect(error)).not.toContain('undefined')
    expect(error.kind).toBeUndefined()
  })

  it('pass an error of the store through, and take anything that was thrown', () => {
    const own = new SessionStoreError({ code: 'ERR_CLOSED', message: 'closed' })
    expect(databaseError(own, work('other'))).toBe(own)
    expect(databaseError('CANARY', work('other')).message).not.toContain('CANARY')
    expect(databaseError(undefined, work('other')).code).toBe('ERR_DATABASE')
  })
})
