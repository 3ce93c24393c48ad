import { resolveOptions } from '../src/store/options/resolve.js'
import { nearest } from '../src/errors.js'

describe('options', () => {
  it('has the documented defaults', () => {
    expect(resolveOptions()).toMatchObject({
      knex: undefined,
      dialect: undefined,
      tableName: 'sessions',
      schemaName: undefined,
      sidFieldName: 'sid',
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
      sidFieldName: 's',
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
