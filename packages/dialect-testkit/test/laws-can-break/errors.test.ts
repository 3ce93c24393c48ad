import assert from 'node:assert/strict'
import type { DialectSpec } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import knex, { type Knex } from 'knex'
import { errors } from '../../src/laws/errors.js'
import { refusedConnections } from '../../src/laws/refused-connections.js'
import { knexClient } from '../../src/laws/knex-client.js'
import { secrecy } from '../../src/laws/secrecy.js'
import { tableSetup } from '../../src/laws/table-setup.js'
import { connectInMemory } from '../connect-in-memory.js'
import { brokenBy, describeBreaks } from './breaking.js'

const reported = 'is reported missing on the console once, unless the application awaits `ready`'

describeBreaks('errors', [
  {
    how: 'knows no error',
    parts: { classify: () => 'other' },
    concerns: [errors, tableSetup],
    laws: [
      'errors: of a second insert are `duplicate`',
      'errors: of a missing table are `missing-table`, whatever the statement',
      'errors: of SQL that makes no sense are `unsupported`',
      'the table: is made by eight stores that start at once, and all of them work',
      'the table: is not made with `createTable: false`, and is found once it is there',
    ],
  },
  {
    how: 'goes by the words of an error',
    parts: {
      classify: (error) =>
        /no such table|UNIQUE/.test(String(error)) ? 'missing-table' : sqlite.classify(error),
    },
    concerns: [errors],
    laws: [
      'errors: are not classified only by words, which a session could hold',
      'errors: of a second insert are `duplicate`',
    ],
  },
  {
    how: 'looks into errors that are not there',
    parts: {
      classify: (error) => ((error as { code: string }).code === '' ? 'connection' : 'other'),
    },
    concerns: [errors],
    laws: ['errors: are classified whatever they are'],
  },
  {
    how: 'hopes that SQL will make sense in time',
    parts: {
      classify: (error) =>
        /syntax error$/.test(String(error)) ? 'retryable' : sqlite.classify(error),
    },
    concerns: [errors],
    laws: ['errors: of SQL that makes no sense are `unsupported`'],
  },
  {
    how: 'takes what the server does not know for a failure of one statement, so that a faster way is tried every time',
    parts: {
      classify: (error) =>
        sqlite.classify(error) === 'unsupported' ? 'other' : sqlite.classify(error),
    },
    concerns: [errors],
    laws: ['errors: of SQL that makes no sense are `unsupported`'],
  },
  {
    how: 'takes a table that is missing for a database that is away',
    parts: {
      classify: (error) =>
        sqlite.classify(error) === 'missing-table' ? 'connection' : sqlite.classify(error),
    },
    concerns: [
      {
        title: tableSetup.title,
        onDatabase: { [reported]: tableSetup.onDatabase?.[reported] ?? (() => assert.fail()) },
      },
    ],
    laws: [`the table: ${reported}`],
  },
  {
    how: 'does not know a table that is missing',
    parts: { classify: () => 'other' },
    concerns: [secrecy],
    laws: [
      'no error, event or line that is printed gives a session away: when the table or a column is missing',
    ],
  },
])

describe('the laws on a server that refuses connections', () => {
  const connectRefused = () =>
    knex({
      client: 'pg',
      connection: { host: '127.0.0.1', port: 1 },
      log: { warn: () => undefined },
    })

  it('notice an adapter that does not know the codes of sockets', async () => {
    expect(await brokenBy({}, [refusedConnections], { connectRefused })).toEqual([
      'a server that refuses connections: is classified as `connection`',
      'a server that refuses connections: makes calls fail in time, by an error that says nothing of a session',
    ])
  })

  it('have nothing against one that does', async () => {
    const classify: DialectSpec['classify'] = (error) =>
      (error as { code?: unknown } | null)?.code === 'ECONNREFUSED'
        ? 'connection'
        : sqlite.classify(error)
    expect(await brokenBy({ classify }, [refusedConnections], { connectRefused })).toEqual([])
  })
})

describe('the laws on the knex client', () => {
  it('notice one that hands out what its driver gave', async () => {
    const Client = connectInMemory().client.constructor as typeof Knex.Client
    class CarelessClient extends Client {
      processResponse({ method, response }: { method: string; response: unknown }): unknown {
        return method === 'raw' ? response : { response }
      }
    }
    expect(
      await brokenBy({}, [knexClient], { connect: () => connectInMemory(CarelessClient) }),
    ).toEqual(
      expect.arrayContaining([
        'the knex client: gives the rows of a select as an array',
        'the knex client: gives the number of rows that a delete removed',
      ]),
    )
  })

  type Send = (connection: unknown, query: { sql: string }) => Promise<unknown>
  const Client = connectInMemory().client.constructor as typeof Knex.Client
  const { _query: send } = Client.prototype as unknown as { _query: Send }

  it.each<{ how: string; query: Send; law: string }>([
    {
      how: 'has no transactions',
      query(connection, query) {
        const isOfOne = /^(?:begin|commit|rollback)/i.test(query.sql)
        return send.call(this, connection, isOfOne ? { ...query, sql: 'select 1' } : query)
      },
      law: 'rolls back a transaction that fails, and commits one that does not',
    },
    {
      how: 'keeps an error to itself',
      query(connection, query) {
        const sent = send.call(this, connection, query)
        return query.sql.includes('no_such') ? sent.catch(() => ({ ...query, response: [] })) : sent
      },
      law: 'rejects each statement that fails, and goes on with the next ones',
    },
  ])('notice one that $how', async ({ query, law }) => {
    class BrokenClient extends Client {}
    Object.assign(BrokenClient.prototype, { _query: query })
    expect(
      await brokenBy({}, [knexClient], { connect: () => connectInMemory(BrokenClient) }),
    ).toEqual([`the knex client: ${law}`])
  })
})
