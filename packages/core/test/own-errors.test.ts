import { invalidOption, ownError, SessionStoreError } from '../src/errors.js'

describe('the copy of an error that a caller gets', () => {
  const root = Object.assign(new Error('the server is starting up'), { code: '57P03' })
  const inner = new SessionStoreError({
    code: 'ERR_DATABASE',
    message: 'looking failed',
    kind: 'other',
    cause: root,
  })
  const error = new SessionStoreError({
    code: 'ERR_TABLE_MISSING',
    message: 'there is no table',
    kind: 'missing-table',
    cause: inner,
  })

  it('has every cause that the error has, each a copy of its own', () => {
    const own = ownError(error) as SessionStoreError
    expect(own).toBeInstanceOf(SessionStoreError)
    const cause = own.cause as SessionStoreError
    expect(cause).toBeInstanceOf(SessionStoreError)
    expect(cause).toMatchObject({
      code: 'ERR_DATABASE',
      kind: 'other',
      message: inner.message,
      stack: inner.stack,
    })
    expect(cause.cause).toMatchObject({ code: '57P03', message: root.message, stack: root.stack })
    for (const [copy, original] of [
      [own, error],
      [cause, inner],
      [cause.cause, root],
    ] as const)
      expect(copy).not.toBe(original)
    expect(Object.keys(own)).not.toContain('cause')
  })

  it('has no cause if the error has none', () => {
    expect(
      'cause' in
        (ownError(new SessionStoreError({ code: 'ERR_CLOSED', message: 'closed' })) as Error),
    ).toBe(false)
    expect(ownError(invalidOption('ttl', 'none'))).toBeInstanceOf(TypeError)
  })
})
