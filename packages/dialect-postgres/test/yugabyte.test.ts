import { sessionTable } from '@knex-session/core/dialect'
import { describeConformance } from '@knex-session/dialect-testkit'
import { adapter } from '../src/adapter.js'
import { connect, expiryIndexes } from './connection.js'

const url = process.env['YUGABYTE_URL'] || undefined

describe('YugabyteDB', () => {
  it('refuses the prune by ctid as a feature it lacks, so that expired rows are found by their ids', () => {
    // `System column "ctid" is not supported yet`, its issues 1256, 9328 and 24843.
    const refusal = { code: '0A000', routine: 'ybcbeginscan' }
    expect(adapter.classify(refusal)).toBe('unsupported')
  })

  it('gets an index with an order: it would make a hash index, which no range can use', () => {
    const [statement] = adapter.createTable(sessionTable(), {})
    expect(statement?.sql).toContain('("expired" asc)')
  })

  it.each([
    // A transaction that lost a conflict, or read what was written meanwhile (docs 2025.1,
    // "Transaction retries").
    ['40001', 'retryable'],
    ['40P01', 'retryable'],
  ])('has the store send a statement again after %s', (code, kind) => {
    expect(adapter.classify({ code })).toBe(kind)
  })
})

if (url !== undefined)
  describeConformance(
    { describe, it, beforeAll, afterAll },
    {
      name: 'YugabyteDB by pg',
      adapter,
      connect: (options) => connect(options, url),
      expiryIndexes,
    },
  )
