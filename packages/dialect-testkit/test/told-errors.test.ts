import { sqlite } from '@knex-session/dialect-sqlite'
import type { Concern } from '../src/kit/concern.js'
import { describeLaws } from '../src/kit/describe-laws.js'
import { CollectingRunner } from './collecting-runner.js'
import { connectInMemory } from './laws-can-break/breaking.js'

const concerns: readonly Concern[] = [
  {
    title: 'a law',
    onDatabase: {
      'meets a table that is not there'(scene) {
        return scene.store({ createTable: false }).set('sid', {} as never)
      },
      async 'fails by itself'() {
        await Promise.reject(new Error('by itself'))
      },
    },
  },
  { title: 'schemas', appliesTo: () => false },
]

/** The messages of the laws that fail, and the titles of the groups. */
async function failures(): Promise<{
  readonly messages: readonly string[]
  readonly titles: readonly string[]
}> {
  const runner = new CollectingRunner()
  const titles: string[] = []
  const { it, beforeAll, afterAll } = runner
  const describe = (title: string, define: () => void) => {
    titles.push(title)
    runner.describe(title, define)
  }
  const target = {
    name: 'SQLite',
    adapter: sqlite,
    connect: () => connectInMemory(),
    capabilities: { knexInstances: 1 },
  }
  describeLaws({ describe, it, beforeAll, afterAll }, target, concerns)
  const verdicts = await runner.run()
  return {
    messages: verdicts.map(
      ({ broken }) => `${(broken as Error).message}\n${(broken as Error).stack ?? ''}`,
    ),
    titles,
  }
}

describe('a law that fails', () => {
  beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => undefined))
  afterEach(() => {
    jest.restoreAllMocks()
    delete process.env['KNEX_SESSION_SHOW_ERRORS']
  })

  it('shows the codes of the database and what the adapter made of them, not its text', async () => {
    const { messages } = await failures()
    expect(messages[0]).toMatch(
      /errors of the database and what `classify` made of them:\n {2}missing-table, code SQLITE_ERROR/,
    )
    expect(messages[0]).not.toContain('no such table')
    expect(messages[1]).not.toContain('errors of the database')
  })

  it('shows the text too where the author asks for it', async () => {
    process.env['KNEX_SESSION_SHOW_ERRORS'] = '1'
    expect((await failures()).messages[0]).toContain('no such table: ')
  })

  it('stands under a title that names the groups that were left out', async () => {
    expect((await failures()).titles).toContain('SQLite: on the database (left out: schemas)')
  })
})
