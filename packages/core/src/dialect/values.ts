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

const day = 86_400_000

/** `00` to `99`. */
const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, number) =>
  String(number).padStart(2, '0'),
)

/** The dates of the last days that were asked for, each at its place. */
const knownDates: { readonly day: number; readonly date: string }[] = []

/**
 * A point in time as `Date.toISOString` writes it, but six times as fast: the dates of the last
 * days are kept. `separator` and `end` replace the `T` and the `Z`. Throws a `RangeError` for a
 * time that a `Date` cannot hold.
 */
export function isoText(at: EpochMs, separator = 'T', end = 'Z'): string {
  const dayNumber = Math.floor(at / day)
  const date = dateOf(dayNumber)
  const ms = at - dayNumber * day
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const fraction = ms - seconds * 1_000
  const milliseconds = `${String(Math.floor(fraction / 100))}${pair(fraction % 100)}`
  return `${date}${separator}${pair(Math.floor(minutes / 60))}:${pair(minutes % 60)}:${pair(seconds % 60)}.${milliseconds}${end}`
}

function dateOf(dayNumber: number): string {
  const place = dayNumber & 63
  const known = knownDates[place]
  if (known?.day === dayNumber) return known.date
  const date = new Date(dayNumber * day).toISOString().slice(0, -'T00:00:00.000Z'.length)
  knownDates[place] = { day: dayNumber, date }
  return date
}

function pair(number: number): string {
  return twoDigits[number] ?? ''
}

const utcText = /^\d{4}-\d\d-\d\d[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?Z?$/

/** Days that were read last, each at the place of its day of the month. */
const knownDays: { readonly date: string; readonly at: number }[] = []

/**
 * The ms since 1970 of a time written as text in UTC, five times as fast as `Date.parse`; `NaN` for
 * any other text. The form is `YYYY-MM-DD`, a space or `T`, and `HH:MM:SS`. A fraction of up to
 * nine digits may follow, of which three count, and a `Z`.
 */
export function parseIsoText(text: string): number {
  if (!utcText.test(text)) return NaN
  const date = text.slice(0, 10)
  const place = digits(text, 8)
  let known = knownDays[place]
  if (known?.date !== date) knownDays[place] = known = { date, at: Date.parse(date) }
  const seconds = (digits(text, 11) * 60 + digits(text, 14)) * 60 + digits(text, 17)
  return known.at + seconds * 1_000 + digits(text, 20) * 10 + digit(text, 22)
}

function digits(text: string, place: number): number {
  return 10 * digit(text, place) + digit(text, place + 1)
}

/** 0 beyond the last digit. */
function digit(text: string, place: number): number {
  const value = text.charCodeAt(place) - 48
  return value >= 0 && value <= 9 ? value : 0
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

/** What messages say of a table and one of its columns. */
interface NamedColumn<Field extends string> {
  readonly tableName: string
  readonly column: Readonly<
    Partial<Record<Field, { readonly name: string; readonly length?: number }>>
  >
}

/**
 * Why a column of session ids is too short if it holds `longest` characters; `undefined` if it is
 * not. `change` says how to make it longer.
 */
export function shortSid(
  { tableName, column: { sid } }: NamedColumn<'sid'>,
  longest: number,
  change: string,
): string | undefined {
  if (!sid || longest >= (sid.length ?? 0)) return undefined
  return (
    `the column '${sid.name}' of the table '${tableName}' holds ${String(longest)} characters, and an id of the option \`hashIds\` ` +
    `has ${String(sid.length)}; make it longer${change}`
  )
}

/** What `inspect` found out about the column of users. */
export interface FoundUserColumn {
  readonly type: string
  /** Whether a value of the type comes back as the text that it was. */
  readonly isText: boolean
  /** In characters. */
  readonly longest: number
  /** Whether it takes nulls. */
  readonly isNullable: boolean
}

/**
 * Why a column of users cannot be used; `undefined` if it can, or if there is none. Ids of users
 * may be as long as session ids. `change` is the statement that mends it.
 */
export function unfitUser(
  { tableName, column: { userId } }: NamedColumn<'userId'>,
  found: FoundUserColumn | undefined,
  change: (name: string) => string,
): string | undefined {
  if (!userId || !found) return undefined
  const { type, isText, longest, isNullable } = found
  let problem = isNullable ? undefined : 'may not be null, and a visitor is no user'
  if (longest < 255)
    problem = `holds ${String(longest)} characters, and the id of a user has up to 255`
  if (!isText)
    problem = `is of the type ${type}, which does not give the id of a user back as it was`
  return (
    problem &&
    `the column '${userId.name}' of the table '${tableName}' (option \`userId\`) ${problem}; mend it: ${change(userId.name)}`
  )
}
