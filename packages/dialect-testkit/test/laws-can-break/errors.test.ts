import { sqlite } from '@knex-session/dialect-sqlite'
import type { Knex } from 'knex'
import { errors } from '../../src/laws/errors.js'
import { knexClient } from '../../src/laws/knex-client.js'
import { tableSetup } from '../../src/laws/table-setup.js'
import { brokenBy, connectInMemory, describeBreaks } from './breaking.js'

describeBreaks('errors', [
  {
    how: 'knows no error',
    parts: { classify: () => 'other' },
    concerns: [errors, tableSetup],
    laws: [
      'errors: of a second insert are a duplicate',
      'errors: of a table that is not there are a missing table, whatever the statement',
      'the table: is made by eight stores that start at once, and all of them work',
      'the table: is not made against the application’s will, and is found once it is there',
    ],
  },
  {
    how: 'goes by the words of an error',
    parts: { classify: (error) => (/no such table|UNIQUE/.test(String(error)) ? 'missing-table' : sqlite.classify(error)) },
    concerns: [errors],
    laws: ['errors: are not classified by words alone, which a session could hold', 'errors: of a second insert are a duplicate'],
  },
  {
    how: 'looks into errors that are not there',
    parts: { classify: (error) => ((error as { code: string }).code === '' ? 'connection' : 'other') },
    concerns: [errors],
    laws: ['errors: are classified whatever they are'],
  },
])

describe('the laws on the knex client', () => {
  it('notice one that hands out what its driver gave', async () => {
    const Client = connectInMemory().client.constructor as typeof Knex.Client
    class CarelessClient extends Client {
      processResponse({ method, response }: { method: string; response: unknown }): unknown {
        return method === 'raw' ? response : { response }
      }
    }
    expect(await brokenBy({}, [knexClient], { connect: () => connectInMemory(CarelessClient) })).toEqual([
      'the knex client: gives the rows of a select as an array',
      'the knex client: gives the number of rows that a delete removed',
    ])
  })
})
