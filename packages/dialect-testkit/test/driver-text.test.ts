import { driverText } from '../src/kit/driver-text.js'

const sid = 'canary-4f1d'

/** An error as knex hands it on, with the statement before the text. */
function thrownBy(text: string, codes: object = {}): Error {
  const values = `'${sid}', '{"a": " - it\\'s ${sid}"}', ''''`
  return Object.assign(new Error(`insert into (\`sid\`) values (${values}) - ${text}`), codes)
}

it.each([
  [
    'mysql2',
    thrownBy(`Duplicate entry '${sid}' for key 'PRIMARY'`, {
      code: 'ER_DUP_ENTRY',
      errno: 1062,
      sqlState: '23000',
      sql: sid,
    }),
    'Duplicate entry … (code "ER_DUP_ENTRY", errno 1062, sqlState "23000")',
  ],
  [
    'mysql2, a name',
    thrownBy("Table 'test.laws_1' doesn't exist", { code: 'ER_NO_SUCH_TABLE', errno: 1146 }),
    "Table 'test.laws_1' doesn't exist (code \"ER_NO_SUCH_TABLE\", errno 1146)",
  ],
  [
    'mysql2, a value with quotes',
    thrownBy(`Duplicate entry 'it's "${sid}" - (${sid})\nat ${sid}' for key 'PRIMARY'`, {}),
    'Duplicate entry … (no code)',
  ],
  [
    'pg',
    thrownBy('column "no_such" of relation "laws_1" does not exist', { code: '42703' }),
    'column "no_such" of relation "laws_1" does not exist (code "42703")',
  ],
  [
    'pg, a value',
    thrownBy(`invalid input syntax for type uuid: "${sid}"`, { code: '22P02', severity: 'ERROR' }),
    'invalid input syntax for type uuid: … (code "22P02")',
  ],
  [
    'tedious',
    thrownBy(
      `Violation of PRIMARY KEY constraint 'PK__1'. Cannot insert duplicate key in object 'dbo.laws_1'. The duplicate key value is (${sid}).`,
      { code: 'EREQUEST', number: 2627, state: 1 },
    ),
    "Violation of PRIMARY KEY constraint 'PK__1'. Cannot insert duplicate key in object 'dbo.laws_1'. The duplicate key value is … (code \"EREQUEST\", number 2627, state 1)",
  ],
  [
    'node-firebird',
    thrownBy(
      `violation of PRIMARY or UNIQUE KEY constraint "INTEG_2" on table "laws_1", Problematic key value is ("sid" = '${sid}')`,
      { gdscode: 335544665 },
    ),
    'violation of PRIMARY or UNIQUE KEY constraint "INTEG_2" on table "laws_1", Problematic key value is … (gdscode 335544665)',
  ],
  [
    'a driver, after a statement whose quotes make no pairs',
    new Error(`select 'it's ${sid}' - the server is away`),
    'the server is away (no code)',
  ],
  [
    'Node.js, by two addresses',
    Object.assign(
      new AggregateError([new Error('refused at ::1'), new Error('and at 127.0.0.1')]),
      {
        code: 'ECONNREFUSED',
      },
    ),
    'refused at ::1; and at 127.0.0.1 (code "ECONNREFUSED")',
  ],
  ['what is no error', 'text', 'no text (no code)'],
])('the text and the codes of %s are shown, and no value', (_, error, text) => {
  expect(driverText(error)).toBe(text)
})

it('a long text is cut', () => {
  expect(driverText(new Error('x'.repeat(1_000)))).toBe(`${'x'.repeat(300)} (no code)`)
})
