import type { SessionRow } from '@knex-session/core/dialect'
import { conflicts } from '../../src/laws/conflicts.js'
import { brokenBy, describeBreaks, own } from './breaking.js'

const concerns = [conflicts]
const title = (law: string) => `changes of one session by several requests: ${law}`

/** An adapter whose updates get other rows. */
const updating = (edit: (rows: readonly SessionRow[]) => readonly SessionRow[]) => ({
  queries: {
    update: {
      statement: (...[table, rows, ...more]: Parameters<typeof own.update.statement>) =>
        own.update.statement(table, edit(rows), ...more),
      answer: own.update.answer,
    },
  },
})

it('the laws on changes of one session hold without statements of an adapter that are faster', async () => {
  expect(await brokenBy({ queries: undefined }, concerns)).toEqual([])
})

describeBreaks('changes of one session', [
  {
    how: 'writes over any version',
    parts: {
      queries: {
        update: {
          statement: (...given) => {
            const statement = own.update.statement(...given)
            const sql = statement.sql.replace(/ and coalesce\(.*?\) like /, ' and ? is not ')
            const isOne = sql.includes('is not ?')
            return isOne
              ? { sql, bindings: [...statement.bindings, null] }
              : {
                  sql: statement.sql.replace(/ and coalesce\(.*?'%'/, ''),
                  bindings: statement.bindings,
                }
          },
          answer: own.update.answer,
        },
      },
    },
    concerns,
    laws: [
      title('are all there when they were made at once, each under a key of its own'),
      title('are all there when they were made at once, in one list, merged by the application'),
      title('count each, also where they are the same'),
      title(
        'take effect once each, also where many sessions are written together by two processes',
      ),
      title('fail with `reject` when another one was faster, and change nothing'),
    ],
  },
  {
    how: 'writes no version',
    parts: updating((rows) => rows.map(({ version: _version, ...row }) => row)),
    concerns,
    laws: [title('fail with `reject` when another one was faster, and change nothing')],
  },
  {
    how: 'answers that it wrote every row',
    parts: { queries: { update: { ...own.update, answer: () => Array<string>(1).fill('a') } } },
    concerns,
    laws: [title('fail with `reject` when another one was faster, and change nothing')],
  },
])
