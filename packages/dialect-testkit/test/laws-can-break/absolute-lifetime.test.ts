import { absoluteLifetime } from '../../src/laws/absolute-lifetime.js'
import { brokenBy, createEdited, describeBreaks, touching, writing } from './breaking.js'

const concerns = [absoluteLifetime]
const title = (law: string) => `the absolute lifetime: ${law}`

it('the laws on the absolute lifetime hold without statements of an adapter that are faster', async () => {
  expect(await brokenBy({ queries: undefined }, concerns)).toEqual([])
})

describeBreaks('the absolute lifetime', [
  {
    how: 'writes no creation',
    parts: writing(({ sid, sess, expired }) => ({ sid, sess, expired })),
    concerns,
    laws: [title('ends sessions that are written and touched again and again, loaded or not')],
  },
  {
    how: 'writes a creation later than it is',
    parts: writing((row) => ({ ...row, createdAt: row.expired })),
    concerns,
    laws: [
      title('begins when a session is created; its time is told, and saving it changes nothing'),
      title('can come from a function of the session, at each write'),
    ],
  },
  {
    how: 'forgets in a touch when the session was created',
    parts: touching(({ sid, expired }) => ({ sid, expired })),
    concerns,
    laws: [title('holds for what processes without the option write, from the next write on')],
  },
  {
    how: 'makes a column that must not be null',
    parts: {
      createTable: createEdited((sql) =>
        sql.replace('`created_at` datetime', "`created_at` datetime not null default '2000-01-01'"),
      ),
    },
    concerns,
    laws: [title('holds for what processes without the option write, from the next write on')],
  },
])

describe('the laws on the absolute lifetime', () => {
  afterEach(() => jest.restoreAllMocks())

  it('notice a store that leaves the cookie as it is', async () => {
    const { KnexSessionStore } = await import('@knex-session/core')
    const { Store } = await import('express-session')
    const { createSession } = Store.prototype
    jest.spyOn(KnexSessionStore.prototype, 'createSession').mockImplementation(createSession)
    expect(await brokenBy({}, concerns)).toEqual([
      title('of an application begins anew with a new id, and its rolling cookie ends with it'),
    ])
  })
})
