import type { SessionData } from 'express-session'
import { versionAfter } from './conflicts/change.js'
import type { EpochMs, SessionExpiry, SessionRow } from '../dialect/index.js'
import { timesOf, type Ttl } from './expiry.js'
import type { Loaded } from './loaded.js'
import type { Eventual } from './promises.js'
import { userIdIn, type UserIdOf } from './user.js'

/** The options that say what a row holds besides the text of its session. */
export interface RowOptions {
  readonly ttl: Ttl
  readonly absoluteTtl: Ttl | undefined
  readonly userId: UserIdOf | undefined
  /** Whether rows say when their session was made, or last seen. */
  readonly timed: boolean
  readonly onConflict: OnConflict
  /** When a new session of a user is said to be made that is written at a point of time. */
  readonly madeAt?: ((at: EpochMs) => EpochMs) | undefined
}

/**
 * What to do about a session that another request has changed since it was loaded: see the option
 * `onConflict`.
 */
export type OnConflict<Data extends object = SessionData> =
  'overwrite' | 'reject' | ((base: Data, mine: Data, theirs: Data) => Eventual<Data>)

/** A row, and how long its session may live, where the row that is there says since when. */
export interface RowToWrite<Row> {
  readonly row: Row
  readonly life: number | undefined
}

/** What is told of a row that was written; without `sid` where it was only touched. */
export interface WrittenRow {
  readonly sid?: string
  readonly userId?: string | null | undefined
  readonly lastSeenAt?: EpochMs | null
}

/** The session of a row that is written: its id in the table, now, and what is known of its row. */
interface WrittenOf {
  readonly sid: string
  readonly at: EpochMs
  readonly loaded?: Loaded | undefined
}

/** A row while it is made: field by field, since spreads cost each call more. */
type Writable<Row> = { -readonly [Field in keyof Row]: Row[Field] }

/** The row of a session that is written now, but for its text. Throws about wrong options. */
export function rowOf(
  session: SessionData,
  { sid, at, loaded }: WrittenOf,
  options: RowOptions,
): RowToWrite<Writable<SessionRow>> {
  const { userId } = options
  const { expired, createdAt, life } = timesOf(session, at, options, loaded?.createdAt)
  const row: Writable<SessionRow> = { sid, sess: '', expired }
  if (userId) row.userId = userIdIn(session, userId)
  if (options.timed) row.createdAt = row.lastSeenAt = at
  if (createdAt !== undefined) row.createdAt = createdAt
  if (options.madeAt && !loaded && row.userId) row.createdAt = options.madeAt(at)
  if (options.onConflict !== 'overwrite') row.version = versionAfter()
  return { row, life }
}

/**
 * What a touch now writes of the row of a session: whose it is, too, where that was loaded and did
 * not say so. Throws likewise.
 */
export function expiryRowOf(
  session: SessionData,
  { sid, at, loaded }: WrittenOf,
  options: RowOptions,
): RowToWrite<SessionExpiry> {
  const { expired, createdAt, life } = timesOf(session, at, options, loaded?.createdAt)
  const row: Writable<SessionExpiry> = { sid, expired }
  if (createdAt !== undefined) row.createdAt = createdAt
  if (options.timed) row.lastSeenAt = at
  const { userId } = options
  const user = userId && loaded?.userId === null ? userIdIn(session, userId) : null
  if (user !== null) row.userId = user
  return { row, life: loaded ? undefined : life }
}
