import { createHash } from 'node:crypto'
import type { Scene } from './scene.js'

/** What the table has of an id, with the option `hashIds`. */
export function digestOf(sid: string): string {
  return `sha256:${createHash('sha256').update(sid).digest('base64url')}`
}

/** The ids that the table has. */
export async function sidsIn(scene: Scene): Promise<readonly string[]> {
  return (await scene.rows()).map(({ sid }) => sid)
}
