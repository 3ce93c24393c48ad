import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { blocksOf } from '../docs/markdown.mjs'
import { root } from '../steps/step.mjs'

const page = 'docs/frameworks.md'
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const lines = (text: string) => text.split('\n').map((line) => line.trim())

const quotes = blocksOf(page, read(page)).flatMap(({ marker, code }) => {
  const [, file] = /^not compiled: lines of (.*)$/.exec(marker ?? '') ?? []
  return file === undefined ? [] : [{ file, code }]
})

it('docs/frameworks.md quotes the examples', () => expect(quotes.length).toBeGreaterThan(6))

it.each(quotes)('what docs/frameworks.md quotes is in $file', ({ file, code }) => {
  const there = new Set(lines(read(file)))
  expect(lines(code).filter((line) => !there.has(line))).toEqual([])
})
