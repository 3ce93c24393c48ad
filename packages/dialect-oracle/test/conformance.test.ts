import { describeConformance } from '@knex-session/dialect-testkit'
import { oracle } from '../src/index.js'
import { connect, connectRefused, url } from './connection.js'

/** The adapter keeps an instant's offset, so the last day of the calendar is a day short. */
const capabilities = { latestExpiry: Date.UTC(9999, 11, 31) }

describeConformance(
  { describe, it, beforeAll, afterAll },
  {
    name: 'Oracle Database by node-oracledb',
    adapter: oracle,
    capabilities,
    ...(url === undefined ? {} : { connect, connectRefused }),
  },
)
