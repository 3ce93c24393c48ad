import { sqlite } from '@knex-session/dialect-sqlite'
import { endedUserSessions } from '../../src/laws/ended-user-sessions.js'
import { userColumns } from '../../src/laws/user-columns.js'
import { userSessions } from '../../src/laws/user-sessions.js'
import { brokenBy, createEdited, describeBreaks, touching, writing } from './breaking.js'

const concerns = [userSessions, endedUserSessions, userColumns]
const title = (law: string) => `the sessions of a user: ${law}`

it('the laws on the sessions of a user hold without statements of an adapter that are faster', async () => {
  expect(await brokenBy({ queries: undefined }, concerns)).toEqual([])
})

describeBreaks('the sessions of a user', [
  {
    how: 'writes no user',
    parts: writing((row) => ({ ...row, userId: null })),
    concerns,
    laws: [
      title('are listed with what a page shows of them, oldest first, and with no id'),
      title('keep their own user when many are written, loaded and touched at once'),
    ],
  },
  {
    how: 'does not write when a session was made',
    parts: writing((row) => ({ ...row, createdAt: row.expired })),
    concerns,
    laws: [title('are all but the last ones that were made in one millisecond')],
  },
  {
    how: 'writes the user of another row of a batch',
    parts: {
      upsert: (table, rows) =>
        sqlite.upsert(
          table,
          rows.map((row) => ({ ...row, userId: rows[0]?.userId ?? null })),
        ),
    },
    concerns,
    laws: [title('keep their own user when many are written, loaded and touched at once')],
  },
  {
    how: 'makes every row anew that it replaces',
    parts: {
      upsert: (table, rows) => {
        const { sql, bindings } = sqlite.upsert(table, rows)
        return { sql: `${sql}, \`created_at\` = excluded.\`created_at\``, bindings }
      },
    },
    concerns,
    laws: [
      title('keep the time of their creation, and tell when they were last written or touched'),
    ],
  },
  {
    how: 'forgets in a touch when the session was seen',
    parts: touching(({ sid, expired }) => ({ sid, expired })),
    concerns,
    laws: [
      title('keep the time of their creation, and tell when they were last written or touched'),
      title('keep their own user when many are written, loaded and touched at once'),
    ],
  },
  {
    how: 'takes users for one whose ids differ in case',
    parts: {
      exactSid: undefined,
      createTable: createEdited((sql) =>
        sql.replace('`user_id` varchar(255)', '`user_id` varchar(255) collate nocase'),
      ),
    },
    concerns,
    laws: [title('are distinguished byte for byte by their users')],
  },
  {
    how: 'makes columns that must not be null',
    parts: {
      createTable: createEdited((sql) =>
        sql.replace('`user_id` varchar(255)', "`user_id` varchar(255) not null default ''"),
      ),
    },
    concerns,
    laws: [title('are listed with what a page shows of them, oldest first, and with no id')],
  },
])

describe('the laws on the sessions of a user', () => {
  afterEach(() => jest.restoreAllMocks())

  it('notice a store that ends sessions without telling', async () => {
    const { KnexSessionStore } = await import('@knex-session/core')
    const { emit } = KnexSessionStore.prototype
    jest.spyOn(KnexSessionStore.prototype, 'emit').mockImplementation(function (
      this: InstanceType<typeof KnexSessionStore>,
      event: string | symbol,
      ...args: unknown[]
    ) {
      return event === 'ended' || emit.call(this, event, ...args)
    })
    expect(await brokenBy({}, concerns)).toEqual([
      title('are ended by handle, for their own user only, and reported without an id'),
      title('are all ended, or all but the current one; those of others stay'),
      title('are no more than `maxSessionsPerUser`, also after twenty log-ins at once'),
    ])
  })

  it('notice a store that leaves touches out', async () => {
    const { KnexSessionStore } = await import('@knex-session/core')
    const writing = KnexSessionStore.prototype as unknown as { touch: () => Promise<void> }
    jest.spyOn(writing, 'touch').mockImplementation(() => Promise.resolve())
    expect(await brokenBy({}, [userColumns])).toEqual([
      title('are known as they are touched that were stored before the option was there'),
      title('are limited as they become known'),
    ])
  })
})
