import { readable } from '../src/session/promises.js'

describe('what can be read of many', () => {
  it('comes in order, without what cannot be read', async () => {
    const reads = [
      () => new Promise((resolve) => setImmediate(() => resolve('late'))),
      () => Promise.reject(new Error('unreadable')),
      () => {
        throw new Error('unreadable')
      },
      () => 'at once',
    ]
    await expect(readable(reads)).resolves.toEqual(['late', 'at once'])
  })

  it('is listened to from the start: what fails while another is waited for ends no process', () => {
    const failing = Promise.reject(new Error('unreadable'))
    const listened = jest.spyOn(failing, 'then')
    void readable([() => new Promise(() => undefined), () => failing])
    expect(listened).toHaveBeenCalled()
  })
})
