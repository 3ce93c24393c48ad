import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { concerns } from '../../packages/dialect-testkit/src/kit/conformance.js'
import { read } from '../docs/markdown.mjs'
import { root } from '../steps/step.mjs'

/** What the last column of the tables names, which says what shows a claim. */
const named = read('docs/security.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .flatMap((line) => Array.from((line.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)))
  .map(([, name = '']) => name)

const tests = ['packages', 'tests'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => basename(file)),
)
const laws = concerns.flatMap(({ title, pure, onDatabase }) =>
  Object.keys({ ...pure, ...onDatabase }).map((law) => `${title} ${law}`),
)

it('the tables of docs/security.md name laws and tests that are there', () => {
  expect(named.length).toBeGreaterThan(20)
  expect(
    named.filter((name) =>
      name.endsWith('.test.ts') ? !tests.includes(name) : !laws.some((law) => law.startsWith(name)),
    ),
  ).toEqual([])
})
