import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../steps/step.mjs'

/** Words of which a reader has to guess the meaning here, and what to write in their place. */
const betterWords: Readonly<Record<string, string>> = {
  aside: '`in a queue of its own`, `later`',
  apart: '`separately`, `in a statement of its own`; ids are `compared` or `distinguished`',
  alone: '`by itself`, `on its own`, `one at a time`, `only`, `just`',
  'h[eo]ld(?:s|ing)? (?:\\w+ ){0,2}up(?! to\\b)': '`block` for a lock, `delay` for anything else',
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

const say = 'T(?:ell(?:ing)?|old)'
words.push({
  // Names only: `tellLater`, `#told`, `lastTold`, `const told`, but not `who was told`.
  found: new RegExp(
    `#${say}\\b|\\b${say}(?=[A-Z])|(?:const|let|function) ${say}\\b`.replaceAll('T', '[Tt]') +
      `|[a-z]${say}(?![a-z])`,
  ),
  better: '`report…`, `…Reported`',
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

it.each([
  'one goes alone',
  'Apart from it',
  'const setAside = 1',
  'tellsLocks: true',
  'a lock outside holds it up',
  'what would hold this work up',
  'nothing is held up',
  'const worthTelling = 1_000',
  'this.#told = error',
  'tellIfUnheard(error)',
  'const told = reports',
])('such a word is found in: %s', (line) => {
  expect(linesWithWords('file', line)).toHaveLength(1)
})

it.each([
  'a batch holds up to 640 KB',
  'an impatient caller',
  'tell it',
  'a caller who was told',
  'standalone',
  'apartment',
])('there is none in: %s', (line) => {
  expect(linesWithWords('file', line)).toEqual([])
})
