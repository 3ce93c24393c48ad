import type { Column, TimeType } from '@knex-session/core/dialect'
import { secondsInInt, secondsInUnsigned, timestampOfZone } from './codecs.js'

const isInt = /^int\b/
const isWhole = /^(?:bigint\b|decimal\(\d+,0\))/

/** Whether a column holds a number. */
export function isNumber({ codec, form }: Column): boolean {
  return (form ?? '').startsWith('unix') || codec === secondsInInt || codec === secondsInUnsigned
}

/** Types that hold points in time of a form, as `show columns` names them. */
const holding: Readonly<Partial<Record<TimeType, RegExp>>> = {
  timestamp: /^(?:datetime|timestamp|(?:var)?char|(?:tiny|medium|long)?text)/,
  'unix-seconds': /^(?:int\b|bigint\b|decimal\(\d+,0\))/,
  'unix-ms': isWhole,
}

/**
 * A column of points in time as it was found to be of a type; `undefined` for one that holds none,
 * or not those that the application says.
 */
export function timeIn(column: Column, type: string): Column | undefined {
  const form = column.form ?? (isInt.test(type) ? 'unix-seconds' : 'timestamp')
  if (holding[form]?.test(type) !== true) return undefined
  if (isInt.test(type))
    return { ...column, codec: type.includes('unsigned') ? secondsInUnsigned : secondsInInt }
  return type.startsWith('timestamp') ? { ...column, codec: timestampOfZone } : column
}

/** Whether a type may hold seconds or milliseconds, so that the application has to say which. */
export function holdsEither(type: string): boolean {
  return isWhole.test(type)
}
