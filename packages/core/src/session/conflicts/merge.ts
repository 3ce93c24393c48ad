import type { SessionData } from 'express-session'
import type { EpochMs, SessionRow } from '../../dialect/index.js'
import { invalidOption, nameOfError } from '../../errors.js'
import type { Loaded } from '../loaded.js'
import { readPayload, writePayload, type Serializer } from '../payload.js'
import { rowOf, type RowOptions } from '../rows.js'
import type { Merge } from './change.js'

/** What a merge needs of the store. */
export interface MergeOptions extends RowOptions {
  readonly serializer: Serializer
  readonly now: () => EpochMs
}

/** How changes of what was loaded are merged; `undefined` where a conflict is an error. */
export function mergeBy(loaded: Loaded, options: MergeOptions): Merge | undefined {
  const { onConflict, serializer, now } = options
  if (typeof onConflict !== 'function') return undefined
  return async (base, mine, theirs) => {
    const about = { sid: mine.sid }
    const read = (sess: string, { expired }: Pick<SessionRow, 'expired'>) =>
      readPayload({ sess, expired }, serializer, about)
    const three = [
      await read(base, mine),
      await read(mine.sess, mine),
      await read(theirs.sess, theirs),
    ] as const
    const merged = await merge(onConflict, three)
    const { row } = rowOf(merged, { sid: mine.sid, at: now(), loaded }, options)
    row.sess = await writePayload(merged, serializer, about)
    return row
  }
}

/** What the function throws is not passed on: it may quote the session. */
async function merge(
  onConflict: Exclude<RowOptions['onConflict'], string>,
  [base, mine, theirs]: readonly [SessionData, SessionData, SessionData],
): Promise<SessionData> {
  const { cookie } = mine
  let merged: unknown
  try {
    merged = await onConflict(base, mine, theirs)
  } catch (error) {
    throw invalidOption('onConflict', `the function threw ${nameOfError(error)}`)
  }
  if (typeof merged !== 'object' || merged === null || Array.isArray(merged))
    throw invalidOption('onConflict', 'the function returned no session')
  const given = merged as Partial<SessionData>
  return given.cookie ? (given as SessionData) : { ...given, cookie }
}
