import { destroyBatches } from '../src/laws/batches.js'
import { model } from '../src/laws/model.js'
import { sessionIds } from '../src/laws/session-ids.js'
import { brokenBy, edited, own } from './laws-can-break/breaking.js'

/** What the store does where an adapter cannot delete and tell in one statement. */
it.each([
  ['has no way of its own', undefined],
  [
    'reports only how many rows it deleted',
    {
      ...own.destroy,
      answer: (result: unknown) =>
        Array.from(own.destroy.answer(result) as readonly string[]).length,
    },
  ],
  [
    'has a statement that the server refuses',
    {
      ...own.destroy,
      statement: (...given: Parameters<typeof own.destroy.statement>) =>
        edited(own.destroy.statement(...given), (sql) => `${sql} nonsense`),
    },
  ],
])('an adapter that %s breaks no law on destroyed sessions', async (_, destroy) => {
  expect(await brokenBy({ queries: { destroy } }, [destroyBatches, model, sessionIds])).toEqual([])
})
