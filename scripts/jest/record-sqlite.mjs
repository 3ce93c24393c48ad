import { createRequire } from 'node:module'
import { record } from './facts.mjs'

const load = createRequire(new URL('../../packages/dialect-sqlite/package.json', import.meta.url))

export default () => {
  const Database = load('better-sqlite3')
  const database = new Database(':memory:')
  const version = database.prepare('select sqlite_version()').pluck().get()
  database.close()
  record({ database: 'SQLite', server: `SQLite ${version}`, origin: 'embedded' })
}
