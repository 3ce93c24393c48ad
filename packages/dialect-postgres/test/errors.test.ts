import { createServer, type AddressInfo } from 'node:net'
import { sessionTable, type ErrorKind } from '@knex-session/core/dialect'
import { Client, DatabaseError } from 'pg'
import { classify } from '../src/errors.js'
import { connect } from './connection.js'

/**
 * An error of the server as node-postgres makes it of an ErrorResponse (pg-protocol,
 * `parseErrorMessage`).
 */
function databaseError(code: string, fields: Partial<DatabaseError> = {}): DatabaseError {
  return Object.assign(new DatabaseError('refused', 100, 'error'), {
    severity: 'ERROR',
    code,
    ...fields,
  })
}

function untranslatable(where: string): DatabaseError {
  return databaseError('22P05', { routine: 'report_untranslatable_char', where })
}

const codes: readonly (readonly [code: string, kind: ErrorKind])[] = [
  ['40001', 'retryable'],
  ['40P01', 'retryable'],
  ['55P03', 'locked'],
  ['42P07', 'already-exists'],
  ['42710', 'already-exists'],
  ['42P01', 'missing-table'],
  ['23505', 'duplicate'],
  ['26000', 'prepared-statement'],
  ['42P05', 'prepared-statement'],
  ['08000', 'connection'],
  ['08006', 'connection'],
  ['08P01', 'connection'],
  ['42501', 'access-denied'],
  ['25006', 'connection'],
  ['25P03', 'connection'],
  ['53300', 'connection'],
  ['57P01', 'connection'],
  ['57P02', 'connection'],
  ['57P03', 'connection'],
  ['57P05', 'connection'],
  // Syntax, no such function, no such type or setting, a feature that is not there.
  ...['42601', '42883', '42704', '0A000'].map((code) => [code, 'unsupported'] as const),
  // Wrong password, no such database, no such column, text cut, cancelled, disk full, a bug of the
  // server.
  ...['28P01', '3D000', '42703', '22001', '57014', '53100', 'XX000'].map(
    (code) => [code, 'other'] as const,
  ),
]

const precise: readonly (readonly [what: string, error: DatabaseError, kind: ErrorKind])[] = [
  [
    'two that create the table at once',
    databaseError('23505', { schema: 'pg_catalog', constraint: 'pg_type_typname_nsp_index' }),
    'already-exists',
  ],
  [
    'a table in a schema of the application',
    databaseError('23505', { schema: 'auth', constraint: 'sessions_pkey' }),
    'duplicate',
  ],
  [
    'a plan that the altered table made useless',
    databaseError('0A000', { routine: 'RevalidateCachedQuery' }),
    'prepared-statement',
  ],
  [
    'any other feature that is not there',
    databaseError('0A000', { routine: 'transformInsertStmt' }),
    'unsupported',
  ],
  [
    'parameters for another statement of that name',
    databaseError('08P01', { routine: 'exec_bind_message' }),
    'prepared-statement',
  ],
  ['a pooler that lost its server', databaseError('08P01'), 'connection'],
  [
    'an id that the database lacks characters for',
    untranslatable('unbenanntes Portal Parameter $1'),
    'sid-impossible',
  ],
  ['contents that it lacks characters for', untranslatable('unnamed portal parameter $3'), 'other'],
  [
    'an escape that jsonb refuses',
    databaseError('22P05', { routine: 'json_lex_string', where: 'JSON data, line 1: $1' }),
    'other',
  ],
]

/** The error that a promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('an error of the server', () => {
  it('about a unique key means a race if the key is that of the session id, in every language, and another session otherwise', () => {
    const kindOf = (detail: string, names = {}) =>
      classify(databaseError('23505', { schema: 'public', detail }), sessionTable(names))
    expect(kindOf('Key (sid)=(a) already exists.')).toBe('duplicate')
    expect(kindOf('Schlüssel »(sid)=(a)« existiert bereits.')).toBe('duplicate')
    expect(kindOf('Key ("SessionId")=(a) already exists.', { columns: { sid: 'SessionId' } })).toBe(
      'duplicate',
    )
    expect(kindOf('Key (email)=((sid)=(a)) already exists.')).toBe('sid-taken')
    expect(kindOf('Key (lower(sid::text))=(a) already exists.')).toBe('sid-taken')
    expect(kindOf('Key (tenant, sid)=(1, a) already exists.')).toBe('sid-taken')
  })

  it.each(codes)('with SQLSTATE %s is %s', (code, kind) => {
    expect(classify(databaseError(code))).toBe(kind)
  })

  it.each(precise)('that speaks of %s counts by more than its code', (_what, error, kind) => {
    expect(classify(error)).toBe(kind)
  })

  it.each([
    ['execute nobody', 'prepared-statement'],
    ['prepare twice as select 1; prepare twice as select 2', 'prepared-statement'],
    ['begin read only; create table never_made (id int)', 'connection'],
    ['select pg_terminate_backend(pg_backend_pid())', 'connection'],
    [
      'create temporary table twice (id int); create table pg_temp.twice (id int)',
      'already-exists',
    ],
    [
      'create temporary table one (id int primary key); insert into one values (1), (1)',
      'duplicate',
    ],
    ['select * from nowhere_to_be_found', 'missing-table'],
    ['selec 1', 'unsupported'],
    ['select no_such_function()', 'unsupported'],
    [`select set_config('no_such_setting', 'on', true)`, 'unsupported'],
    [`select 'a' = 'b' collate "no such collation"`, 'unsupported'],
    ['select relname from pg_class group by relname for update', 'unsupported'],
    [
      'create role knex_session_nobody; set role knex_session_nobody; select * from pg_authid',
      'access-denied',
    ],
    ['select no_such_column from pg_class', 'other'],
    ['select 1 / 0', 'other'],
  ] as const)('to `%s` is %s', async (sql, kind) => {
    const knex = connect({ connections: 1 })
    try {
      expect(classify(await errorOf(Promise.resolve(knex.raw(sql))))).toBe(kind)
    } finally {
      await knex.destroy()
    }
  })
})

describe('an error of the driver itself', () => {
  const connectionString = process.env['PG_URL']

  it('is of the connection when the client was closed', async () => {
    const client = new Client({ connectionString })
    await client.connect()
    await client.end()
    expect(classify(await errorOf(client.query('select 1')))).toBe('connection')
  })

  it('is of the connection when the server goes away in the middle of a query', async () => {
    const [victim, killer] = [new Client({ connectionString }), new Client({ connectionString })]
    const lost = new Promise((resolve) => victim.on('error', resolve))
    await Promise.all([victim.connect(), killer.connect()])
    const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid')
    const sleeping = errorOf(victim.query('select pg_sleep(10)'))
    await killer.query('select pg_terminate_backend($1)', [rows[0]!.pid])
    const errors = [await sleeping, await lost, await errorOf(victim.query('select 1'))]
    await killer.end()
    expect(errors.map((error) => classify(error))).toEqual([
      'connection',
      'connection',
      'connection',
    ])
  })

  it('is of the connection when the server cannot even tell whether it knows TLS, and for the operator when it does not', async () => {
    const kinds: ErrorKind[] = []
    for (const answer of ['E', 'N']) {
      const server = createServer((socket) => socket.once('data', () => socket.end(answer))).listen(
        0,
        '127.0.0.1',
      )
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo
      kinds.push(
        classify(await errorOf(new Client({ host: '127.0.0.1', port, ssl: true }).connect())),
      )
      server.close()
    }
    expect(kinds).toEqual(['connection', 'other'])
  })

  it('is of the connection when nobody answers in time', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const error = await errorOf(
      new Client({ host: '127.0.0.1', port, connectionTimeoutMillis: 50 }).connect(),
    )
    silent.close()
    expect(classify(error)).toBe('connection')
  })

  it('is nothing to try again when it is a mistake in the call', async () => {
    const client = new Client({ connectionString })
    await client.connect()
    const error = await errorOf(client.query({ text: 'select $1', values: 'no array' as never }))
    await client.end()
    expect(error).toBeInstanceOf(Error)
    expect(classify(error)).toBe('other')
  })
})
