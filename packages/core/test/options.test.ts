import { resolveOptions } from '../src/store/options/resolve.js'
import { nearest } from '../src/errors.js'

describe('options', () => {
  it('has the documented defaults', () => {
    expect(resolveOptions()).toMatchObject({
      knex: undefined,
      dialect: undefined,
      tableName: 'sessions',
      schemaName: undefined,
      columns: { sid: 'sid', sess: 'sess', expired: 'expired' },
      createTable: true,
      cleanupInterval: 60_000,
      ttl: 86_400_000,
      absoluteTtl: undefined,
      touchInterval: undefined,
      durableTouch: false,
      batch: true,
      timeout: 10_000,
      maxQueue: 10_000,
      preparedStatements: true,
    })
    const { clock } = resolveOptions()
    jest.spyOn(Date, 'now').mockReturnValue(123)
    expect(clock()).toBe(123)
    jest.restoreAllMocks()
  })

  it.each([
    ['tableNam', /option `tableNam`: there is no such option; did you mean `tableName`\?/],
    ['knexx', /did you mean `knex`\?/],
    ['cleanupinterval', /did you mean `cleanupInterval`\?/],
    ['completelyDifferent', /option `completelyDifferent`: there is no such option\nSee /],
  ])('refuses the unknown option %s and suggests the nearest', (name, message) => {
    expect(() => resolveOptions({ [name]: 1 })).toThrow(message)
    expect(() => resolveOptions({ [name]: 1 })).toThrow(TypeError)
  })

  it.each([
    ['knex', {}],
    ['knex', undefined],
    ['knex', null],
    ['dialect', { name: 'x' }],
    ['tableName', ''],
    ['schemaName', 1],
    ['columns', { expired: { type: 7 } }],
    ['createTable', 'yes'],
    ['cleanupInterval', -1],
    ['cleanupInterval', '60000'],
    ['cleanupInterval', 3e9],
    ['cleanupInterval', 2e9],
    ['onCleanupError', true],
    ['onOutage', 'warn'],
    ['ttl', 0],
    ['ttl', Infinity],
    ['absoluteTtl', 0],
    ['onConflict', 'merge'],
    ['absoluteTtl', '12h'],
    ['touchInterval', NaN],
    ['touchInterval', -Infinity],
    ['serializer', { stringify: 1 }],
    ['batch', 4],
    ['batch', { lane: 1 }],
    ['batch', { lanes: 0 }],
    ['timeout', -5],
    ['maxQueue', 1.5],
    ['preparedStatements', 0],
    ['clock', 12],
    ['clearInterval', -1],
  ])('refuses a wrong value of `%s` with a TypeError that names it', (name, value) => {
    let thrown: unknown
    try {
      resolveOptions({ [name]: value })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(TypeError)
    expect((thrown as TypeError & { code: string }).code).toBe('ERR_INVALID_OPTION')
    expect((thrown as TypeError).message).toContain(`option \`${name}\``)
  })

  it('refuses options that are no object', () => {
    expect(() => resolveOptions('sessions')).toThrow(/option `options`: expected an object/)
  })

  it('takes undefined for left out, except for knex', () => {
    expect(resolveOptions({ tableName: undefined, timeout: undefined })).toMatchObject({
      tableName: 'sessions',
      timeout: 10_000,
    })
  })

  it('takes the old names and warns once that they are deprecated', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const failed = () => undefined
    expect(
      resolveOptions({
        tablename: 't',
        sidfieldname: 's',
        createtable: false,
        clearInterval: 5,
        onDbCleanupError: failed,
      }),
    ).toMatchObject({
      tableName: 't',
      columns: { sid: 's', sess: 'sess', expired: 'expired' },
      createTable: false,
      cleanupInterval: 5,
      onCleanupError: failed,
    })
    expect(
      resolveOptions({ tablename: 't', clearInterval: 5, disableDbCleanup: true }),
    ).toMatchObject({ cleanupInterval: 0 })
    expect(resolveOptions({ disableDbCleanup: false })).toMatchObject({ cleanupInterval: 60_000 })
    const warnings = warn.mock.calls.map(([message]) => String(message))
    warn.mockRestore()
    expect(warnings.filter((message) => message.includes('`tablename`'))).toEqual([
      'option `tablename` is deprecated; use `tableName`',
    ])
    expect(warnings).toHaveLength(6)
  })

  it('fills in the names of columns that are not given', () => {
    expect(resolveOptions({ columns: { sess: 'data', createdAt: 'made' } }).columns).toEqual({
      sid: 'sid',
      sess: 'data',
      expired: 'expired',
      createdAt: 'made',
    })
  })

  it.each([
    [
      'sessions',
      /`columns`: expected an object with `sid`, `sess`, .* and `version`, got a string/,
    ],
    [{ session_id: 'sid' }, /`columns`: has no setting `session_id`; there is `sid`, `sess`/],
    [{ sess: '' }, /`columns`: `sess`: expected a non-empty string, got an empty string/],
    [{ sid: { name: 'id' } }, /`columns`: `sid`: expected a non-empty string, got an object/],
    [{ expired: 7 }, /`expired`: expected a name or an object with `name` and `type`, got 7/],
    [{ expired: { type: 7 } }, /`type`: expected a non-empty string, got 7/],
    [{ expired: { names: 'a' } }, /`expired`: has no setting `names`; there is `name` and `type`/],
  ])('refuses the columns %j', (columns, message) => {
    expect(() => resolveOptions({ columns })).toThrow(message)
  })

  it.each(['sidFieldName', 'sidfieldname'])('takes `%s` for `columns.sid`', (name) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    expect(resolveOptions({ [name]: 'id', columns: { sess: 'data' } }).columns).toEqual({
      sid: 'id',
      sess: 'data',
      expired: 'expired',
    })
    expect(() => resolveOptions({ [name]: 'id', columns: { sid: 'session_id' } })).toThrow(
      new RegExp(`\`${name}\`: is the old name of \`columns.sid\`: give only that`),
    )
    warn.mockRestore()
  })

  it('refuses an option given under both names', () => {
    expect(() => resolveOptions({ tablename: 'a', tableName: 'b' })).toThrow(
      /`tablename`: is the old name of `tableName`/,
    )
  })
})

describe('nearest', () => {
  it.each([
    ['tiemout', 'timeout'],
    ['TTL', 'ttl'],
    ['zzzzzz', undefined],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, ['timeout', 'ttl', 'tableName'])).toBe(expected)
  })
})
