import type { KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Scene } from './scene.js'

/** The option: whose a session is. */
export const userId: NonNullable<KnexSessionStoreOptions['userId']> = (session) =>
  (session as { user?: string | number | null }).user

/** A session of a user that ends in an hour. */
export function sessionOf(
  scene: Scene,
  user?: string | number | null,
  contents: Readonly<Record<string, unknown>> = {},
): SessionData {
  return scene.session({
    ...(user === undefined ? {} : { user }),
    ...contents,
  })
}
