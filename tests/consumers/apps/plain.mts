// Compiled without `esModuleInterop`: the types hold all the same, and the store is a store of
// express-session's.
import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import { ConnectSessionKnexStore } from '@knex-session/core/compat'
import { encryption } from '@knex-session/core/encryption'
import * as dialect from '@knex-session/core/dialect'
import type { SessionOptions, Store } from 'express-session'
import { knex as createKnex } from 'knex'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
const serializer = encryption({ keys: [Buffer.alloc(32)] })
const store: Store & KnexSessionStore = new KnexSessionStore({ knex, serializer })
export const options: SessionOptions = { store, secret: 'secret' }
export const old: typeof KnexSessionStore = ConnectSessionKnexStore
export const table: string | undefined = dialect.sessionTable().schemaName

store.on('disconnect', () => undefined)
store.load('sid', (error: unknown, session) => {
  console.log(error, session?.cookie)
})
// @ts-expect-error: not `any`
export const unknown = (): unknown => store.lod
