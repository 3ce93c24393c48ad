// The packages of knex-session. A copy of this file beside others, packed from another commit,
// loads those.
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'

export { KnexSessionStore } from '@knex-session/core'
