import { toEpochMs, type PruneRange } from '../src/dialect/index.js'
import { deleteExpired } from '../src/table/prune/expired-rows.js'

const now = toEpochMs(1_000_000)

it('each statement of a prune begins a second before where the last one ended: columns may hold whole seconds', async () => {
  const ranges: PruneRange[] = []
  const chunks = deleteExpired(
    {
      limit: 50,
      prune: (_, range) => {
        ranges.push(range)
        return Promise.resolve(
          ranges.length > 2 ? { removed: 0 } : { removed: 50, until: toEpochMs(now - 5_000) },
        )
      },
      find: () => Promise.resolve([]),
      remove: () => Promise.resolve(0),
    },
    now,
  )
  for await (const removed of chunks) expect(removed).toBe(50)
  expect(ranges.map(({ from }) => from)).toEqual([undefined, now - 6_000, now - 6_000])
})
