import type { CompleteCodec, EpochMs, TimeCodecs } from '@knex-session/core/dialect'
import { postgres } from '@knex-session/dialect-postgres'

/**
 * JSON travels as text, as on PostgreSQL. A placeholder without a type becomes what its column
 * holds: new tables have `text`, and `json` of older ones is `jsonb` here (docs 26.2, "JSONB"). So
 * what `jsonb` refuses is sent as one JSON string to both.
 */
export const json: CompleteCodec<string> = { ...postgres.json, parameter: '?' }

/**
 * Bounds that were chosen to be safe, not limits found in the server: the years 1678 to 2261, whose
 * times fit into 64 bits even when they are counted in nanoseconds since 1970. An expiry outside
 * them becomes the nearest bound.
 */
const earliest = Date.UTC(1678, 0, 1)
const latest = Date.UTC(2262, 0, 1) - 1

/**
 * A point in time as PostgreSQL's adapter sends and reads it, but without a look whether it is
 * `infinity`, for which not every version has a function.
 */
export const timestamp: CompleteCodec<EpochMs> = {
  ...postgres.timestamp,
  select: (column) => `(date_part('epoch', ${column}) * 1000)::bigint::text`,
  encode: (at) => Math.min(Math.max(at, earliest), latest),
}

/** Times in a column without time zone are UTC. */
export const utcTimestamp: CompleteCodec<EpochMs> = {
  ...timestamp,
  parameter: `(${timestamp.parameter} at time zone 'UTC')`,
}

/** Columns of times as other stores make them. */
export const times: TimeCodecs = {
  ...postgres.times,
  'local-timestamp': {
    ...timestamp,
    parameter: `${timestamp.parameter}::timestamp`,
    select: (column) => timestamp.select(`${column}::timestamptz`),
  },
}

/** What a column of points in time holds at so many milliseconds since 1970, an expression. */
export function inColumn(codec: CompleteCodec<EpochMs>, milliseconds: string): string {
  return codec.parameter.replace('?', () => milliseconds)
}
