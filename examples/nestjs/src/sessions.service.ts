import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import createKnex from 'knex'

declare module 'express-session' {
  interface SessionData {
    views?: number
    user?: string
  }
}

/** The store, with a knex instance of its own; an application hands its own in. */
@Injectable()
export class Sessions implements OnApplicationShutdown {
  readonly #knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: process.env['SESSION_FILE'] ?? 'sessions.sqlite' },
    useNullAsDefault: true,
  })
  readonly store = new KnexSessionStore({ knex: this.#knex, userId: ({ user }) => user })

  async onApplicationShutdown(): Promise<void> {
    await this.store.close()
    await this.#knex.destroy()
  }
}
