import type { KnexSessionStore } from '@knex-session/core'
import { contentsOf, type Contents } from './sessions.js'

/** `count` ids of sessions, of these words and a number each. */
export function numbered(count: number, words = 'sid-'): readonly string[] {
  return Array.from({ length: count }, (_, number) => words + String(number))
}

/** What each session holds besides its cookie, all read at once; `null` where there is none. */
export async function contentsOfEach(
  store: KnexSessionStore,
  sids: readonly string[],
): Promise<readonly (Contents | null)[]> {
  return (await Promise.all(sids.map((sid) => store.get(sid)))).map(contentsOf)
}
