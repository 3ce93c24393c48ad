import { KnexSessionStore, type SessionEntry } from '@knex-session/core'
import type { SessionTable } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { iteration } from '../../src/laws/iteration.js'
import { brokenBy, describeBreaks } from './breaking.js'

const law = (name: string) => `many sessions: ${name}`
const inspect = sqlite.server!.inspect!

/** An adapter that has ids compared by another order than they are sorted in. */
function comparedOtherwise(found: SessionTable | string): SessionTable | string {
  if (typeof found === 'string') return found
  const sid = { ...found.column.sid, parameter: 'lower(?)' }
  return {
    ...found,
    columns: found.columns.map((column) => (column.field === 'sid' ? sid : column)),
    column: { ...found.column, sid },
  }
}

describeBreaks('many sessions', [
  {
    how: 'compares ids in another order than it sorts them in',
    parts: {
      server: {
        ...sqlite.server,
        inspect: {
          ...inspect,
          answer: (results, table) => comparedOtherwise(inspect.answer(results, table)),
        },
      },
    },
    concerns: [iteration],
    laws: [
      law('come one after the other, with their ids and when they end, and none that has expired'),
      law('come once each, whatever their ids'),
    ],
  },
])

type Entries = (this: KnexSessionStore) => AsyncIterableIterator<SessionEntry>

const prototype = KnexSessionStore.prototype as unknown as {
  entries: Entries
  destroy: (this: KnexSessionStore, sid: string | readonly string[]) => Promise<number>
}
const { entries, destroy } = prototype

/** Has every store go through its sessions in another way. */
function goThrough(other: (this: KnexSessionStore) => AsyncIterableIterator<SessionEntry>): void {
  jest.spyOn(prototype, 'entries').mockImplementation(other)
}

/** What only core can do wrong, whatever the adapter. */
describe('the laws on many sessions', () => {
  afterEach(() => jest.restoreAllMocks())

  it('notice a store that leaves some out', async () => {
    goThrough(async function* () {
      let place = 0
      for await (const entry of entries.call(this)) if (++place % 16 !== 0) yield entry
    })
    expect(await brokenBy({}, [iteration])).toEqual(
      expect.arrayContaining([
        law('come once each, whatever their ids'),
        law('come once each where they stay, while others are set and ended'),
      ]),
    )
  })

  it('notice a store that gives one twice at the start of a page', async () => {
    goThrough(async function* () {
      let place = 0
      for await (const entry of entries.call(this)) {
        yield entry
        if (++place % 128 === 0) yield entry
      }
    })
    expect(await brokenBy({}, [iteration])).toEqual(
      expect.arrayContaining([
        law('come once each, whatever their ids'),
        law('come once each where they stay, while others are set and ended'),
      ]),
    )
  })

  it('notice a store that does not know later what it has given', async () => {
    goThrough(async function* () {
      for await (const entry of entries.call(this))
        yield { ...entry, session: { ...entry.session } }
    })
    expect(await brokenBy({}, [iteration])).toEqual([
      law('count as loaded: written later, they revive none that was ended'),
    ])
  })

  it('notice a store that has read all before it gives one', async () => {
    goThrough(async function* () {
      const all: SessionEntry[] = []
      for await (const entry of entries.call(this)) all.push(entry)
      yield* all
    })
    expect(await brokenBy({}, [iteration])).toEqual([
      law('come until the loop ends, or the store is closed'),
    ])
  })

  it('notice a store that ends several sessions one after the other', async () => {
    jest.spyOn(prototype, 'destroy').mockImplementation(async function (
      this: KnexSessionStore,
      sids,
    ) {
      let removed = 0
      for (const sid of typeof sids === 'string' ? [sids] : sids)
        removed += await destroy.call(this, sid)
      return removed
    })
    expect(await brokenBy({}, [iteration])).toEqual(
      expect.arrayContaining([law('are ended in the order of the calls for each')]),
    )
  })
})
