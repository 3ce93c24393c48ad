import fc from 'fast-check'

/** Ids of different sessions that some collation, encoding, trimming or pattern takes for equal. */
export const lookalikes: Readonly<Record<string, readonly string[]>> = {
  'capital and small letters': ['session', 'SESSION', 'Session', 'ı', 'i', 'I', 'İ', 'ß', 'SS', 'ss', 'ẞ', 'σ', 'ς', 'Σ'],
  'accents, composed and decomposed': ['cafe', 'café', 'cafe\u0301', 'cafè', 'Å', '\u212b', 'A\u030a', 'æ', 'ae', 'ø', 'o', 'ﬁ', 'fi'],
  'full width, half width and kana': ['abc1', 'ａｂｃ１', 'ア', 'ｱ', 'あ', 'が', 'か\u3099', 'か', '①', '1', '１'],
  'characters that nobody sees': [
    'ab',
    'a\u200bb',
    'a\u200db',
    'a\u00adb',
    'a\ufeffb',
    '\ufeffab',
    'a\u2060b',
    'ab\u200e',
    'a\u0001b',
    'ab\u007f',
  ],
  'blanks at either end': ['id', ' id', '  id', 'id\t', 'id\n', 'id\r\n', 'id\u00a0', 'id\u3000', '\tid', 'i d', 'i  d', 'id ', 'id  '],
  'characters beyond the first 65,536': ['🍪', '🍩', '𝒳', '𝒴', '👍', '👍🏽', '❤', '❤️', '𐐀', '𐐨'],
  'quotes and backslashes': ["a'b", "a''b", 'a"b', 'a""b', 'a`b', 'a\\b', 'a\\\\b', "a\\'b", "a'", "'a'", "' or ''='", "'; --"],
  'wildcards and placeholders': ['a%', 'a_', 'ab', 'a*', 'a?', 'a??', 'a\\?', '%', '_', '[ab]', 'a[b]', ':a', '$1', '@p0', '?', '{0}'],
  'digits that could be numbers': ['1', '01', '1.0', '1e0', '+1', '0x1', '1 x', '-0', '0', '0.0', 'true', 'null', 'NULL', 'NaN'],
  'separators of lists': ['a,b', 'a', 'b', '{a,b}', '["a","b"]', 'a\u001fb', 'a\u001eb', 'a\nb', '(a)', 'a;b', 'a|b'],
  'the same 254 characters at the start': [`${'x'.repeat(254)}1`, `${'x'.repeat(254)}2`, 'x'.repeat(254), `${'x'.repeat(254)}X`],
}

/** What ids are drawn of: what collations ignore, encodings change, patterns mean and drivers take for something of their own. */
const confusing = [
  'a',
  'A',
  'á',
  'a\u0301',
  'ａ',
  'ß',
  's',
  ' ',
  '\u00a0',
  '\u200b',
  '\u00ad',
  '\t',
  '\n',
  "'",
  '"',
  '\\',
  '%',
  '_',
  '?',
  '$1',
  ':a',
  ',',
]
const impossibleUnits = ['\0', '\ud800', '\udfff']

/** Different ids that are easily mixed up, some of them impossible. */
export const confusingSids: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.string({
    unit: fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...confusing) }, { weight: 1, arbitrary: fc.constantFrom(...impossibleUnits) }),
    maxLength: 4,
  }),
  { minLength: 2, maxLength: 12 },
)
