import { randomBytes } from 'node:crypto'
import type { KnexSessionStoreOptions } from '@knex-session/core'
import { encryption } from '@knex-session/core/encryption'

/** How a store may keep sessions, none of which an application notices. */
export const waysToStore: readonly {
  readonly how: string
  readonly options: KnexSessionStoreOptions
}[] = [
  { how: 'plainly', options: {} },
  { how: 'by hashed ids', options: { hashIds: true } },
  {
    how: 'encrypted',
    options: { serializer: encryption({ keys: [randomBytes(32)] }) },
  },
]
