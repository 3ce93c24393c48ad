import { sqlite } from '@knex-session/dialect-sqlite'
import type { Concern } from '../src/kit/concern.js'
import { describeLaws } from '../src/kit/describe-laws.js'
import { canary } from '../src/scene/rows.js'
import { CollectingRunner } from './collecting-runner.js'
import { connectInMemory } from './connect-in-memory.js'

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
      async 'fails by the driver'({ knex }) {
        await knex.from('nothing').where('sid', canary).del()
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

  it('shows what the driver said, its codes and what the adapter made of them', async () => {
    const { messages } = await failures()
    expect(messages[0]).toMatch(
      /what `classify` made of the driver's errors:\n {2}missing-table: no such table: laws_\w+ \(code "SQLITE_ERROR"\) \(\d+ times\)\n/,
    )
    expect(messages[1]).not.toContain('classify')
  })

  it('shows a driver’s error that it fails by without the values of the statement', async () => {
    const { messages } = await failures()
    expect(messages[2]).toMatch(/^no such table: nothing \(code "SQLITE_ERROR"\)\n/)
    expect(messages[2]).not.toContain(canary)
  })

  it('shows the whole text where the author asks for it', async () => {
    process.env['KNEX_SESSION_SHOW_ERRORS'] = '1'
    const { messages } = await failures()
    expect(messages[2]).toContain(`'${canary}' - no such table: nothing`)
  })

  it('stands under a title that names the groups that were left out', async () => {
    expect((await failures()).titles).toContain('SQLite: on the database (left out: schemas)')
  })
})
