import { canary } from '../scene/rows.js'
/** Texts that drivers, SQL and JSON columns are known to trip over. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'before\u0000after',
  '\u0001\u0008\t\n\u000b\f\r\u001a\u001b\u001f\u007f',
  '\\u0000',
  '\\',
  '\\\\\\"',
  `'`,
  `''`,
  `it's "quoted" in \`three\` [ways]`,
  `'; drop table sessions; --`,
  `' or '1'='1`,
  '/* comment */ -- comment # comment',
  '? ?? \\? $1 $2 :name :1 @p0 @name %s %d {0} ${value} ~~',
  '%_[a-z]^*',
  "N'text' q'[text]' E'\\\\' x'00' $tag$text$tag$",
  '{"looks":"like JSON"}',
  '"looks like a JSON string"',
  'null',
  '2026-01-01T00:00:00.000Z',
  '1e400',
  '\ud800',
  '\udfff',
  'high \ud83c and low \udf6a separated',
  '\udf6a\ud83c',
  '\u2028\u2029',
  '\ufeff\ufffe\uffff\ufffd',
  '🍪👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿𝒳',
  'é e\u0301 ß ẞ ﬁ İ ı Å Å Ω Ω',
  'العربية עברית हिन्दी ไทย 日本語 한국어 Ελληνικά русский',
  '\u202eright to left\u202c \u200b\u200d\u2060\u00ad',
]

/** A value wrapped `levels` times. */
export function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'innermost'
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

/** Cells that no column of a session table gives. */
export const unreadable: readonly unknown[] = [
  undefined,
  null,
  NaN,
  true,
  Symbol(canary),
  { of: canary },
  [canary],
  canary,
  '',
]
