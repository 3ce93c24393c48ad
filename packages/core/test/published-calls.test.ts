import { channel } from 'node:diagnostics_channel'
import { diagnostics } from '../src/diagnostics.js'
import { watchedCall, type Start } from '../src/store/callback.js'

it('a call is published before its caller is answered', () => {
  const order: string[] = []
  const listen = () => order.push('published')
  channel('knex-session:call').subscribe(listen)
  watchedCall<undefined>('get', 'fake', (done) => done(null))(() => order.push('answered'))
  channel('knex-session:call').unsubscribe(listen)
  expect(order).toEqual(['published', 'answered'])
})

describe('while nobody listens', () => {
  afterEach(() => jest.restoreAllMocks())

  it('a call is the work itself, and no time is taken', () => {
    const now = jest.spyOn(performance, 'now')
    const work: Start<undefined> = (done) => done(null)
    expect(watchedCall('get', 'fake', work)).toBe(work)
    expect(now).not.toHaveBeenCalled()
  })

  it.each(['batches', 'statements'] as const)(
    'nothing is made for the message of %s',
    async (of) => {
      const now = jest.spyOn(performance, 'now')
      const about = jest.fn()
      const result = Promise.resolve('done')
      expect(diagnostics[of].watch(() => result, about)).toBe(result)
      await result
      expect(about).not.toHaveBeenCalled()
      expect(now).not.toHaveBeenCalled()
    },
  )
})
