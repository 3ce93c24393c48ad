import { FakeDatabase } from './fake-database.js'

const session = {
  cookie: { originalMaxAge: 60_000, expires: '2026-01-01T00:00:00.000Z' },
  user: 'a',
}
const latest = new Date(8.64e15).toISOString()

describe('a session whose row ends later than a date can say', () => {
  it.each([8.64e15, 8.64e15 + 1, 1e17, Number.MAX_SAFE_INTEGER])(
    'lives, until the latest date that there is: %d',
    async (expired) => {
      const database = new FakeDatabase()
      const store = database.store()
      database.answer = ({ text }) =>
        text.startsWith('select') ? [{ sid: 'a', sess: JSON.stringify(session), expired }] : []
      const expected = { cookie: { originalMaxAge: 60_000, expires: latest }, user: 'a' }
      expect(await store.get('a')).toEqual(expected)
      expect(await store.all()).toEqual([expected])
    },
  )
})
