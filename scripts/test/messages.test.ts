import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../steps/step.mjs'

const sources = readdirSync(join(root, 'packages')).flatMap((name) =>
  readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('packages', name, 'src', file)),
)

/** The texts of a source that name a page of this repository, which no package has in it. */
function pagesIn(text: string): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const literal = ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)
    if (literal && /(?<!\/blob\/main\/)docs\/[\w/-]+\.md/.test(node.text)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2022))
  return found
}

it('no message names a file that is not in the package', () => {
  expect(sources.length).toBeGreaterThan(100)
  const texts = sources.flatMap((file) => pagesIn(readFileSync(join(root, file), 'utf8')))
  expect(texts).toEqual([])
})

it.each([
  ["const text = 'see docs/schema.md'", 1],
  ['const text = `${name}: see docs/adr/0001-a.md`', 1],
  ["const text = 'https://github.com/knex-session/knex-session/blob/main/docs/schema.md'", 0],
  ['// see docs/schema.md', 0],
])('such a file is looked for in: %s', (source, count) => {
  expect(pagesIn(source)).toHaveLength(count)
})
