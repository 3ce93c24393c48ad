declare const epochMs: unique symbol

/**
 * A point in time: milliseconds since 1970-01-01T00:00:00Z, always UTC. Make one with
 * {@link toEpochMs}.
 */
export type EpochMs = number & { readonly [epochMs]: true }

/**
 * Makes an {@link EpochMs} of milliseconds since 1970, without their fraction. Throws a
 * `RangeError` when the number is not finite.
 */
export function toEpochMs(ms: number): EpochMs {
  if (!Number.isFinite(ms))
    throw new RangeError('not a point in time: expected milliseconds since 1970')
  return Math.trunc(ms) as EpochMs
}

/** One session as it is stored. */
export interface SessionRow {
  /** Session id, at most 255 characters, compared byte for byte. */
  readonly sid: string
  /** The serialized session: JSON text. */
  readonly sess: string
  /** When the session ends. */
  readonly expired: EpochMs
  /**
   * The session's user, `null` before the log-in. At most 255 characters, compared byte for byte.
   */
  readonly userId?: string | null
  /** When the session was created. */
  readonly createdAt?: EpochMs
  /** When the session was last written or touched. */
  readonly lastSeenAt?: EpochMs | null
  /**
   * 32 hexadecimal digits: sixteen that no other write has, then the first sixteen of the version
   * that it follows, or zeros.
   */
  readonly version?: string
}

/**
 * What a touch writes of a row: the new expiry, and what else moves with it. Adapters do not write
 * `userId`: the store itself does, for a row that has none.
 */
export type SessionExpiry = Pick<
  SessionRow,
  'sid' | 'expired' | 'createdAt' | 'lastSeenAt' | 'userId'
>

/** How one kind of value travels to and from the database. */
export interface ColumnCodec<Value> {
  /** The binding to send for a value. */
  encode(value: Value): unknown
  /**
   * Reads a cell that came through `select`. Throws a `TypeError` for a cell that it cannot read;
   * the message does not quote the cell.
   */
  decode(cell: unknown): Value
  /** The placeholder for an encoded value, for example `cast(? as datetime2(3))`. Default: `?`. */
  readonly parameter?: string
  /** The SQL expression that reads the column of this quoted name. Default: the column itself. */
  select?(column: string): string
}

/** A {@link ColumnCodec} with every default filled in. */
export type CompleteCodec<Value> = Required<ColumnCodec<Value>>

/**
 * What `probe` found out about the server; adapters read their own fields. Core adds two to what is
 * sent. `salt`: eight hexadecimal digits, others each time, for names that nothing else has.
 * `inTransaction`: whether it is sent in a transaction.
 */
export type ServerInfo = Readonly<Record<string, string | number | boolean>>
