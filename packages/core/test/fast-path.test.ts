import { FastPath } from '../src/time.js'
import { realTime } from '../src/time.js'

describe('a faster way that the server refused', () => {
  let now = 1_000
  let warn: jest.SpyInstance

  beforeEach(() => {
    jest.spyOn(realTime, 'now').mockImplementation(() => now)
    warn = jest.spyOn(process, 'emitWarning').mockImplementation()
  })

  afterEach(() => jest.restoreAllMocks())

  it('is not used for a minute, and tried again then', () => {
    const path = new FastPath()
    expect(path.isOpen).toBe(true)
    path.close()
    now += 59_999
    expect(path.isOpen).toBe(false)
    now += 1
    expect(path.isOpen).toBe(true)
  })

  it('is reported once, if there is something to report', () => {
    const path = new FastPath()
    path.close()
    expect(warn).not.toHaveBeenCalled()
    for (let time = 0; time < 3; time++)
      path.close(new Error('pruning sessions failed (57014): canceled'))
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('pruning sessions failed (57014)'))
  })
})
