import { execFileSync } from 'node:child_process'
import { toString } from 'nlcst-to-string'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRetext from 'remark-retext'
import english from 'retext-english'
import equality from 'retext-equality'
import article from 'retext-indefinite-article'
import repeated from 'retext-repeated-words'
import simplify from 'retext-simplify'
import { unified } from 'unified'
import { visit } from 'unist-util-visit'
import { VFile } from 'vfile'
import { root } from '../steps/step.mjs'
import { pages, read } from './markdown.mjs'

/** The most words of a sentence: a longer one has to be read twice. */
const longest = 40

// What is not a wordy way to say it here: terms of the trade, and what has no shorter form.
const goodWords = [
  ...['address', 'attempt', 'delete', 'effect', 'function', 'interface', 'option', 'parameters'],
  ...['point in time', 'relative to', 'request', 'require', 'type', 'a number of', 'all of'],
  ...['contains', 'however', 'in between', 'it is', 'multiple', 'not many', 'operate', 'remain'],
  ...['there are', 'there is', 'very'],
]

// Only of people: a user is “they”. What else the plugin knows (just, easy, special) is no insult
// in a manual.
const peopleOnly = (/** @type {VFile['messages'][number]} */ { source, ruleId }) =>
  source !== 'retext-equality' || /^(?:he-she|her-him|herself-himself)$/.test(ruleId ?? '')

function shortSentences() {
  return (/** @type {import('nlcst').Root} */ tree, /** @type {VFile} */ file) =>
    visit(tree, 'SentenceNode', (sentence) => {
      const count = sentence.children.filter(({ type }) => type === 'WordNode').length
      if (count <= longest) return
      const start = toString(sentence).replaceAll('\n', ' ').slice(0, 40)
      file.message(`Sentence of ${count} words, at most ${longest}: “${start}…”`, sentence.position)
    })
}

/** @param {boolean} limitsLength */
const processor = (limitsLength) => {
  const prose = unified()
    .use(english)
    .use(repeated) // “the the”: always a slip
    .use(article) // “a error”
    .use(simplify, { ignore: goodWords }) // “utilize” for “use”
    .use(equality) // “he” of a user
  if (limitsLength) prose.use(shortSentences)
  // @ts-expect-error: its types take no parser whose plugins give the tree back.
  return unified().use(remarkParse).use(remarkGfm).use(remarkRetext, prose)
}

/**
 * What is wrong with the sentences of a Markdown text, as `file:line: problem`. Code is no prose.
 * @param {string} path
 * @param {string} text
 * @param {boolean} [limitsLength] Default: true
 */
export const problemsInProse = async (path, text, limitsLength = true) => {
  const file = new VFile({ path, value: text })
  const markdown = processor(limitsLength)
  await markdown.run(markdown.parse(file), file)
  return file.messages
    .filter((message) => peopleOnly(message))
    .map(({ line, reason }) => `${path}:${line}: ${reason}`)
}

/**
 * The titles of the tests in a file, one a line, at their lines.
 * @param {string} source
 */
export const titlesIn = (source) =>
  source
    .split('\n')
    .map(
      (line) => /^\s*(?:it|test|describe)(?:\.each\(.*\))?\(\s*(['"])(.*)\1,/.exec(line)?.[2] ?? '',
    )
    .map((title) => title.replaceAll(/[`*_#<>[\]]|%\w|\$\w+/g, ' ').trim())

/** What is wrong with the pages and the titles of tests of this repository. */
export const problems = async () => {
  const tests = String(execFileSync('git', ['ls-files', '*.test.ts'], { cwd: root }))
  const ofPages = [...pages(), 'CONTRIBUTING.md', 'SECURITY.md'].map((page) =>
    // Decisions are written for those who have time; the other two are written by programs.
    problemsInProse(page, read(page), !/^docs\/(?:adr\/|api\/|benchmarks\.md)/.test(page)),
  )
  const ofTitles = tests
    .trim()
    .split('\n')
    .map(async (file) => {
      const titles = titlesIn(read(file)).join('\n\n')
      const found = await problemsInProse(file, titles)
      // A title stands on every other line.
      return found.map((each) =>
        each.replace(/:(\d+):/, (_, line) => `:${(Number(line) + 1) / 2}:`),
      )
    })
  return (await Promise.all([...ofPages, ...ofTitles])).flat()
}

if (process.argv[1] === import.meta.filename) {
  const found = await problems()
  for (const problem of found) console.error(problem)
  process.exitCode = found.length === 0 ? 0 : 1
}
