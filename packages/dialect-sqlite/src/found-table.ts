import type { CompleteCodec, EpochMs, SessionTable, TimeType } from '@knex-session/core/dialect'
import {
  leastMs,
  leastSeconds,
  milliseconds,
  offsetText,
  seconds,
  sqliteText,
  timestamp,
} from './codecs.js'
import { quoteIdentifier } from './identifiers.js'

/**
 * How the expiries of a table are written. SQLite keeps whatever it is given in any column (docs,
 * "Datatypes in SQLite", section 3).
 */
export type ExpiryForm =
  'ISO 8601' | 'SQLite text' | 'text with an offset' | 'milliseconds' | 'seconds'

/** A table as it was found. */
export interface FoundTable extends SessionTable {
  /** Default: ISO 8601, as the adapter writes them. */
  readonly form?: ExpiryForm
}

/** How expiries of each form travel. */
export const codecs: Readonly<Record<ExpiryForm, CompleteCodec<EpochMs>>> = {
  'ISO 8601': timestamp,
  'SQLite text': sqliteText,
  'text with an offset': offsetText,
  milliseconds,
  seconds,
}

/** The form that the application says a column has. */
export const formByType: Readonly<Partial<Record<TimeType, ExpiryForm>>> = {
  'offset-text': 'text with an offset',
  'unix-seconds': 'seconds',
  'unix-ms': 'milliseconds',
}

/** The form of a stored expiry; `undefined` for one that is not compared rightly with any. */
export function formOf(cell: unknown): ExpiryForm | undefined {
  if (typeof cell === 'string') {
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(cell)) return 'ISO 8601'
    const found = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?( \+00:00)?$/.exec(cell)
    return found ? (found[1] === undefined ? 'SQLite text' : 'text with an offset') : undefined
  }
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return undefined
  const at = Number(cell)
  if (at >= leastMs) return 'milliseconds'
  return at === 0 || at >= leastSeconds ? 'seconds' : undefined
}

/** A condition that only those rows meet whose expiry has the form of the table. */
export function comparable(table: FoundTable): string {
  const expired = quoteIdentifier(table.column.expired.name)
  switch (table.form ?? formByType[table.column.expired.form ?? 'timestamp'] ?? 'ISO 8601') {
    case 'ISO 8601':
      return `${expired} like '____-__-__T%Z'`
    case 'SQLite text':
      return `${expired} like '____-__-__ __:__:__%' and ${expired} not like '%Z' and ${expired} not like '%+%'`
    case 'text with an offset':
      return `${expired} like '____-__-__ __:__:__% +00:00'`
    case 'milliseconds':
      return `${expired} >= ${String(leastMs)}`
    case 'seconds':
      return `typeof(${expired}) <> 'text'`
  }
}
