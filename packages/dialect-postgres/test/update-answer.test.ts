import { answerOfUpdate } from '../../dialect-testkit/test/update-answer.js'
import { adapter } from '../src/adapter.js'
import { connect } from './connection.js'

const knex = connect({ connections: 1 })
afterAll(async () => knex.destroy())

// After a number a store with versions updates its sessions one by one, and after nothing any store
// looks for the rows.
it('an update says how many rows it wrote, and which ones on a table with versions', async () => {
  expect(await answerOfUpdate(knex, adapter, { versions: false })).toBe(2)
  expect(await answerOfUpdate(knex, adapter, { versions: true })).toEqual(['a', 'b'])
})

it('an update of no row on a table with versions names none', () => {
  expect(adapter.queries!.update!.answer({ rowCount: 0, rows: [] })).toEqual([])
})
