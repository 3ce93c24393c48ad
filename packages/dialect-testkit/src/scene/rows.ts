import { toEpochMs, type EpochMs, type SessionRow } from '@knex-session/core/dialect'

/** A word in every value of {@link plainRows}, to look for where no value may be. */
export const canary = 'canary-4f1d'

/**
 * `count` rows, sorted by sid, that end after `now`. Their values hold the {@link canary} and are
 * equally long, whatever the salt, a word of up to 6 characters that distinguishes one set of rows
 * from another.
 */
export function plainRows(count: number, now: EpochMs, salt = ''): readonly SessionRow[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${canary}-${salt.padEnd(6, '-')}-${String(index).padStart(6, '0')}`
    return {
      sid: name,
      sess: JSON.stringify({ cookie: { originalMaxAge: null }, user: name }),
      expired: toEpochMs(now + 8_000_000 + index),
    }
  })
}
