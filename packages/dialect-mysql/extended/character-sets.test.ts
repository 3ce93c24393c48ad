import { describeConformance } from '@knex-session/dialect-testkit'
import { mysql } from '../src/index.js'
import { connectBy } from '../test/connection.js'
import { furtherSidColumns } from '../test/sid-columns.js'

describeConformance(
  { describe, it, beforeAll, afterAll },
  {
    name: 'MySQL or MariaDB by mysql2, with further character sets',
    adapter: mysql,
    capabilities: { latestExpiry: Date.UTC(9999, 11, 31, 23, 59, 59) },
    connect: connectBy('mysql2'),
    userInJson: (column) => `json_unquote(json_extract(${column}, '$.passport.user'))`,
    sidColumns: furtherSidColumns,
  },
)
