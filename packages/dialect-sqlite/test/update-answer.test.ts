import { answerOfUpdate } from '../../dialect-testkit/test/update-answer.js'
import { connectInMemory } from '../../dialect-testkit/test/connect-in-memory.js'
import { adapter } from '../src/adapter.js'

it('an update says which rows it wrote', async () => {
  const knex = connectInMemory()
  try {
    for (const versions of [false, true])
      expect(await answerOfUpdate(knex, adapter, { versions })).toEqual(['a', 'b'])
  } finally {
    await knex.destroy()
  }
})
