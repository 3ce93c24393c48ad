import { createHash } from 'node:crypto'
import type { SessionData } from 'express-session'
import type { Scene } from './scene.js'
import { hour, sessionUntil, type Contents } from './sessions.js'

/** What the table has of an id, with the option `hashIds`. */
export function digestOf(sid: string): string {
  return `sha256:${createHash('sha256').update(sid).digest('base64url')}`
}

/** A session that ends in an hour. */
export function sessionOf(scene: Scene, contents: Contents = {}): SessionData {
  return sessionUntil(scene.clock.now() + hour, contents)
}

/** The ids that the table has. */
export async function sidsIn(scene: Scene): Promise<readonly string[]> {
  return (await scene.rows()).map(({ sid }) => sid)
}
