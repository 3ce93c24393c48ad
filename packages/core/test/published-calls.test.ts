import { channel } from 'node:diagnostics_channel'
import { watchedCall } from '../src/store/callback.js'

it('a call is published before its caller is answered', () => {
  const order: string[] = []
  const listen = () => order.push('published')
  channel('knex-session:call').subscribe(listen)
  watchedCall<undefined>('get', 'fake', (done) => done(null))(() => order.push('answered'))
  channel('knex-session:call').unsubscribe(listen)
  expect(order).toEqual(['published', 'answered'])
})
