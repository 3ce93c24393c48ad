import fc from 'fast-check'
import { inPages } from '../src/table/lists.js'
import type { PageRange } from '../src/table/rows.js'

/** A table whose ids are sorted and compared as some collation does. */
function tableOf(sids: readonly string[], keyOf: (sid: string) => string) {
  const rows = [...sids].sort((one, other) =>
    keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0,
  )
  const ranges: PageRange[] = []
  const read = (range: PageRange) => {
    ranges.push(range)
    const { from, limit } = range
    const reached = rows.filter((sid) => from === undefined || keyOf(sid) >= keyOf(from))
    return Promise.resolve(reached.slice(0, limit).map((sid) => ({ sid })))
  }
  return { rows, ranges, read }
}

async function sidsIn(
  pages: AsyncIterable<readonly { readonly sid: string }[]>,
): Promise<string[]> {
  const sids: string[] = []
  for await (const page of pages) sids.push(...page.map(({ sid }) => sid))
  return sids
}

describe('pages of a table', () => {
  it('hold each row once, in the order of the column, whatever ids its collation takes for equal', async () => {
    const sids = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', '-'), minLength: 1, maxLength: 4 }),
      {
        maxLength: 40,
      },
    )
    const keys = fc.constantFrom(
      (sid: string) => sid,
      (sid: string) => sid.toLowerCase(),
      (sid: string) => sid.replaceAll('-', ''),
      () => 'all the same',
    )
    await fc.assert(
      fc.asyncProperty(sids, keys, fc.integer({ min: 1, max: 7 }), async (some, keyOf, size) => {
        const { rows, read } = tableOf(some, keyOf)
        expect(await sidsIn(inPages(read, size))).toEqual(rows)
      }),
      { seed: 20_260_101, numRuns: 500 },
    )
  })

  it('begin with the last row of the page before, and stay of one size where all ids differ', async () => {
    const { ranges, read } = tableOf(['a', 'b', 'c', 'd', 'e'], (sid) => sid)
    await sidsIn(inPages(read, 2))
    expect(ranges).toEqual([{ limit: 2 }, { from: 'b', limit: 3 }, { from: 'd', limit: 3 }])
  })

  it('are read when they are asked for, and no further', async () => {
    const { ranges, read } = tableOf(['a', 'b', 'c', 'd', 'e'], (sid) => sid)
    for await (const page of inPages(read, 2)) {
      expect(page).toEqual([{ sid: 'a' }, { sid: 'b' }])
      break
    }
    expect(ranges).toHaveLength(1)
  })

  it('go on where the last row of the page before is gone', async () => {
    const { rows, read } = tableOf(['a', 'b', 'c', 'd', 'e'], (sid) => sid)
    const found: string[] = []
    for await (const page of inPages(read, 2)) {
      found.push(...page.map(({ sid }) => sid))
      const last = found.at(-1) ?? ''
      if (rows.includes(last)) rows.splice(rows.indexOf(last), 1)
    }
    expect(found).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
})
