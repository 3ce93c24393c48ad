import { sessionTable } from '@knex-session/core/dialect'
import { describeConformance } from '@knex-session/dialect-testkit'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'
import { golden } from './golden.js'

const url = process.env['TIDB_URL'] || undefined

describe('TiDB', () => {
  it('gets a binary collation that every version has, by the version of MySQL that it names first', () => {
    const version = '8.0.11-TiDB-v8.5.6'
    const server = adapter.server!.probe!.answer([[{ version }], []])
    expect(adapter.createTable(sessionTable(), server).map(golden).join('\n'))
      .toMatchInlineSnapshot(`
      "create table if not exists \`sessions\` (\`sid\` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, \`sess\` json not null, \`expired\` datetime(3) not null, primary key (\`sid\`), index \`sessions_expired_index\` (\`expired\`)) engine = InnoDB default character set = utf8mb4 row_format = dynamic
      []"
    `)
  })

  it.each([
    // Write conflict of an optimistic commit, which statements by themselves begin with ("Pessimistic
    // Transaction Mode", differences from InnoDB); schema that changed; keys that are locked.
    [9007, 'retryable'],
    [8002, 'retryable'],
    [8005, 'retryable'],
    [8022, 'retryable'],
    [8028, 'retryable'],
    [1213, 'retryable'],
    [1205, 'locked'],
    [3572, 'locked'],
    // `skip locked`, where it is not ignored.
    [1235, 'unsupported'],
    [1064, 'unsupported'],
  ])('has %d for %s', (errno, kind) => {
    expect(adapter.classify({ errno })).toBe(kind)
  })
})

if (url !== undefined)
  describeConformance(
    { describe, it, beforeAll, afterAll },
    { name: 'TiDB by mysql2', adapter, connect: connectBy('mysql2', url) },
  )
