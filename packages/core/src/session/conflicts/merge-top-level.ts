import { isDeepStrictEqual } from 'node:util'
import type { SessionData } from 'express-session'
import { invalidOption } from '../../errors.js'

/**
 * For the option `onConflict`: merges, key by key, what two requests made of one session. A key
 * that only one of them changed, added or deleted is as that request left it. A key that both
 * changed gets the whole value of `mine`, the write that comes now. The cookie is the one that
 * expires later. `base` is what was loaded, `theirs` what is stored now.
 */
export function mergeTopLevel<Data extends object = SessionData>(
  base: Data,
  mine: Data,
  theirs: Data,
): Data
export function mergeTopLevel(
  base: SessionData,
  mine: SessionData,
  theirs: SessionData,
): SessionData {
  const sessions: readonly unknown[] = [base, mine, theirs]
  if (sessions.some((each) => Object(each) !== each))
    throw invalidOption('onConflict', '`mergeTopLevel` takes three sessions: write it without `()`')
  const [before, own, other] = [base, mine, theirs].map((each) => new Map(Object.entries(each)))
  const merged = new Map<string, unknown>(other)
  for (const key of new Set([...(before?.keys() ?? []), ...(own?.keys() ?? [])])) {
    if (isDeepStrictEqual(before?.get(key), own?.get(key))) continue
    if (own?.has(key) === true) merged.set(key, own.get(key))
    else merged.delete(key)
  }
  const cookie = endOf(theirs) > endOf(mine) ? theirs.cookie : mine.cookie
  return { ...(Object.fromEntries(merged) as unknown as SessionData), cookie }
}

/** When the cookie of a session expires; one that has no expiry ends with the browser. */
function endOf(session: SessionData): number {
  const { cookie } = session as { readonly cookie?: { readonly expires?: Date | string | null } }
  const end = new Date(cookie?.expires ?? NaN).getTime()
  return Number.isNaN(end) ? -Infinity : end
}
