import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../steps/step.mjs'

/** Words of which a reader has to guess the meaning here, and what to write in their place. */
const betterWords: Readonly<Record<string, string>> = {
  aside: '`in a queue of its own`, `later`',
  apart: '`separately`, `in a statement of its own`; ids are `compared` or `distinguished`',
  alone: '`by itself`, `on its own`, `one at a time`, `only`, `just`',
  'held up': '`blocked` by a lock, `delayed` by anything else',
  'holds up(?! to\\b)': '`blocks`, `delays`',
  'hold up(?! to\\b)': '`block`, `delay`',
  heldUp: '`blocked`',
  patience: '`timeLimit`, `lockTimeout`',
  tells: '`says`, `shows`, `reports`, `answers`',
}

const words = Object.entries(betterWords).map(([word, better]) => {
  const first = word.charAt(0)
  const rest = word.slice(1)
  const capital = first.toUpperCase()
  // As a word, and as a part of a name: `aside`, `Aside`, `setAside`, `asideUntil`.
  const text = `(?<![a-z])${first}${rest}(?![a-z])|(?<![A-Z])${capital}${rest}(?![a-z])`
  return { found: new RegExp(text), better }
})

/** Each line that has one of the words, as `file:line`, the line itself and what to write. */
function linesWithWords(file: string, text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      words
        .filter(({ found }) => found.test(line))
        .map(({ better }) => `${file}:${String(index + 1)}: ${line.trim()} (better: ${better})`),
    )
}

it('nothing is said in words that only those who wrote it know', () => {
  const tracked = execFileSync('git', ['ls-files', '*.ts', '*.md', '*.mjs', '*.cjs'], { cwd: root })
  const files = String(tracked)
    .split('\n')
    .filter((file) => file !== '' && !/^docs\/api\/|CHANGELOG|\/words\.test\.ts$/.test(file))
  expect(files.length).toBeGreaterThan(300)
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  expect(files.flatMap((file) => linesWithWords(file, read(file)))).toEqual([])
})

it.each(['one goes alone', 'Apart from it', 'const setAside = 1', 'tellsLocks: true'])(
  'such a word is found in: %s',
  (line) => {
    expect(linesWithWords('file', line)).toHaveLength(1)
  },
)

it.each([
  'a batch holds up to 640 KB',
  'an impatient caller',
  'tell it',
  'standalone',
  'apartment',
])('there is none in: %s', (line) => {
  expect(linesWithWords('file', line)).toEqual([])
})
