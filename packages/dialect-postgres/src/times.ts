import type { Column, TimeType } from '@knex-session/core/dialect'
import { integerSeconds, utcTimestamp } from './codecs.js'

/**
 * Whether the time zone of the connection is UTC, by its offset in winter and summer: a name says
 * nothing. The form of the texts is read alike whatever the `DateStyle` (docs 18, section 8.5.1).
 */
export const isUtc: string =
  `(to_timestamp(1577836800)::timestamp = timestamp '2020-01-01' ` +
  `and to_timestamp(1593561600)::timestamp = timestamp '2020-07-01')`

/** The types that hold points in time of a form, as `format_type` names them. */
const holding: Readonly<Partial<Record<TimeType, RegExp>>> = {
  timestamp: /^timestamp with(?:out)? time zone$/,
  'local-timestamp': /^timestamp without time zone$/,
  'unix-seconds': /^(?:integer|bigint|numeric)$/,
  'unix-ms': /^(?:bigint|numeric)$/,
}

/**
 * A column of points in time as it was found to be of a type, or why it cannot be worked with. The
 * usual column holds UTC where its type has no zone; another store that named it writes the time of
 * the connection's zone.
 */
export function timeIn(column: Column, type: string, utc: boolean): Column | string {
  const { field, form = type === 'integer' ? 'unix-seconds' : undefined } = column
  const given = `write \`columns: { ${field}: { name: '${column.name}', type: `
  const wanted =
    'it has to be timestamptz (`npx @knex-session/cli ddl pg` prints the statements of a new table)'
  if (form === undefined && holding['unix-ms']?.test(type) === true)
    return `which does not say whether it counts seconds or ms: ${given}'unix-seconds' } }\`, or 'unix-ms'; otherwise ${wanted}`
  if (holding[form ?? 'timestamp']?.test(type) !== true)
    return `which the store cannot work with${form === undefined ? '' : ` as '${form}'`}: ${wanted}`
  const isBare = holding['local-timestamp']?.test(type) === true
  if (isBare && form === undefined && !utc && column.name !== usualNames[field])
    return (
      `and the time zone of the connection is not UTC: ${given}'local-timestamp' } }\` where the table is one of connect-pg-simple or ` +
      `of others that leave the zone to the connection, and 'timestamp' where it holds UTC`
    )
  if (isBare && form !== 'local-timestamp') return { ...column, codec: utcTimestamp }
  return type === 'integer' ? { ...column, codec: integerSeconds } : column
}

const usualNames: Readonly<Partial<Record<Column['field'], string>>> = {
  expired: 'expired',
  createdAt: 'created_at',
  lastSeenAt: 'last_seen_at',
}
