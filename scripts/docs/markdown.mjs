import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { root } from '../steps/step.mjs'

/**
 * A fenced block of code.
 * @typedef {object} Block
 * @property {string} file relative to the root, with slashes
 * @property {number} line of its first line of code, from 1
 * @property {string} language
 * @property {string} code without the indentation of the fence
 * @property {string} [marker] the text of the HTML comment on the line above the fence
 */

/**
 * The pages whose code is checked: README.md, docs, and the README.md of each package and of examples that
 * have one.
 */
export const pages = () => [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name).split(sep).join('/'))
    .sort(),
  ...['packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/README.md`)
      .filter((file) => existsSync(join(root, file))),
  ),
]

/** @param {string} file relative to the root */
export const read = (file) => readFileSync(join(root, file), 'utf8')

/**
 * The fenced blocks of a page.
 * @param {string} file relative to the root
 * @param {string} [text]
 * @returns {Block[]}
 */
export const blocksOf = (file, text = read(file)) => {
  const lines = text.split('\n')
  /** @type {Block[]} */
  const blocks = []
  for (let index = 0; index < lines.length; index++) {
    const fence = /^(\s*)(`{3,})(\w*)/.exec(lines[index] ?? '')
    if (!fence) continue
    const [, indent = '', ticks = '', language = ''] = fence
    const end = lines.findIndex((line, at) => at > index && line.trim() === ticks)
    if (end === -1) throw new Error(`${file}:${index + 1}: the fence is not closed`)
    const code = lines
      .slice(index + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    const above = lines
      .slice(0, index)
      .filter((line) => line.trim() !== '')
      .at(-1)
    const marker = /^\s*<!--\s*(.*?)\s*-->\s*$/.exec(above ?? '')?.[1]
    blocks.push({
      file: relative('.', file).split(sep).join('/'),
      line: index + 2,
      language,
      code: code.join('\n'),
      ...(marker && { marker }),
    })
    index = end
  }
  return blocks
}

/**
 * The rows of the tables under a heading, without their heads; cells are trimmed.
 * @param {string} text
 * @param {string} heading with its signs, such as `## Options`
 * @returns {string[][]}
 */
export const rowsUnder = (text, heading) => {
  const lines = text.split('\n')
  const start = lines.indexOf(heading)
  if (start === -1) throw new Error(`no heading "${heading}"`)
  const end = lines.findIndex((line, at) => at > start && line.startsWith('#'))
  return lines
    .slice(start, end === -1 ? undefined : end)
    .filter((line, at, all) => line.startsWith('|') && !isHead(line, all[at + 1]))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** @param {string} line @param {string | undefined} next */
const isHead = (line, next) => [line, next].some((each) => /^\| -/.test(each ?? ''))
