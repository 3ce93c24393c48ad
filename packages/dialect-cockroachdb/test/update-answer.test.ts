import { answerOfUpdate } from '../../dialect-testkit/test/update-answer.js'
import { connectPostgres } from './connection.js'
import { onPostgres } from './on-postgres.js'

const knex = connectPostgres({ connections: 1 })
afterAll(async () => knex.destroy())

it('an update says how many rows it wrote, and which ones on a table with versions', async () => {
  expect(await answerOfUpdate(knex, onPostgres, { versions: false })).toBe(2)
  expect(await answerOfUpdate(knex, onPostgres, { versions: true })).toEqual(['a', 'b'])
})
