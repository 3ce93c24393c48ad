import { answerOfUpdate } from '../../dialect-testkit/test/update-answer.js'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'

it.each(['mysql2', 'mariadb'] as const)(
  'an update by %s says how many rows it wrote',
  async (by) => {
    const knex = connectBy(by)({ connections: 1 })
    try {
      for (const versions of [false, true])
        expect(await answerOfUpdate(knex, adapter, { versions })).toBe(2)
    } finally {
      await knex.destroy()
    }
  },
)
