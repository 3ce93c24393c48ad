import { hasLoneSurrogate, nestingDepth, wrapJson } from '@knex-session/core/dialect'

/**
 * What holds the sessions:
 *
 * - `text`: MariaDB's JSON, which is text with a `json_valid` check, or text without one. What it
 *   takes it gives back letter by letter.
 * - `exact json`: MySQL's JSON on a server that reads every number as JavaScript does.
 * - `json`: MySQL's JSON on any other: numbers with a fraction and more than 15 digits, or with an
 *   exponent, may become neighbouring ones (https://bugs.mysql.com/bug.php?id=112904; a server of
 *   version 9.7 did not).
 * - `unknown`: one of these.
 */
export type SessionColumn = 'text' | 'exact json' | 'json' | 'unknown'

/**
 * Levels that a column takes: MariaDB's `json_valid` gives up at 32 (tried on 10.11), MySQL past
 * 100 (manual, section 13.5; tried on 9.7).
 */
const deepest: Readonly<Record<SessionColumn, number>> = {
  text: 31,
  unknown: 31,
  json: 100,
  'exact json': 100,
}

/** Bytes of a key in MySQL's JSON (error 3151, tried on 9.7). */
const longestKey = 65_535

/**
 * Numbers that a server may read as others where it does not do so as JavaScript does, and what
 * looks like one in a string.
 */
const inexactNumber = /(?:^|[[:,])\s*-?(?:[\d.]{17,}|[\d.]+e)/i

/**
 * Numbers that any MySQL may change or refuse: long ones, with a long exponent, and a zero with a
 * sign.
 */
const doubtfulNumber =
  /(?:^|[[:,])\s*(-?(?:[\d.]{18,}(?:e[-+]?\d+)?|[\d.]+e[-+]?\d{3,})|-0(?![\d.e]))/gi

/**
 * Numbers of 17 digits, to ask a server whether it reads them as JavaScript does; one that does not
 * changes about a third of them.
 */
export const probes: readonly number[] = Array.from(
  { length: 150 },
  (_, index) => (index + 10) / 7,
).filter((each) => String(each).length > 17)

const beyondAscii = /[\u0080-\uffff]/g
const unpairedSurrogate = /[\ud800-\udfff]/u

/**
 * JSON text as it is sent to a column: pure ASCII, with escapes for other characters. The character
 * set of a connection then has no say in it; that of the driver `mysql` is by default one without
 * emoji. What the column refuses (nested too deeply, lone surrogates, long keys) or changes (some
 * numbers) goes as one JSON string.
 */
export function sentFor(column: SessionColumn): (text: string) => string {
  return (text) => {
    const ascii = text.replace(
      beyondAscii,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    return isKept(text, column) ? ascii : wrapJson(ascii)
  }
}

function isKept(text: string, column: SessionColumn): boolean {
  if (hasLoneSurrogate(text) || unpairedSurrogate.test(text)) return false
  if (text.length > 2 * deepest[column] && nestingDepth(text) > deepest[column]) return false
  if (column === 'text') return true
  if (text.length * 3 > longestKey && hasLongKey(text)) return false
  return column === 'exact json' ? !changesNumber(text) : !inexactNumber.test(text)
}

function changesNumber(text: string): boolean {
  for (const [, number = ''] of text.matchAll(doubtfulNumber)) {
    if (number === '-0' || !Number.isFinite(Number(number))) return true
    if (significantDigits(number) > 17 && !isInteger64(number)) return true
  }
  return false
}

function significantDigits(number: string): number {
  return number
    .replace(/e.*/i, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '').length
}

function isInteger64(number: string): boolean {
  return /^-?\d+$/.test(number) && BigInt(number) >= -(2n ** 63n) && BigInt(number) < 2n ** 64n
}

/**
 * Whether a string before a colon has more bytes than a key may have; escapes count as they are
 * written.
 */
function hasLongKey(text: string): boolean {
  let start = -1
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index)
    if (start === -1) {
      if (char === 0x22) start = index
    } else if (char === 0x5c) index++
    else if (char === 0x22) {
      if ((index - start) * 3 > longestKey && isLongKey(text, start, index)) return true
      start = -1
    }
  }
  return false
}

function isLongKey(text: string, start: number, end: number): boolean {
  return (
    /^\s*:/.test(text.slice(end + 1, end + 100)) &&
    Buffer.byteLength(text.slice(start + 1, end)) > longestKey
  )
}
