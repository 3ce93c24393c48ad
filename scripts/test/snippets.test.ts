import type { Block } from '../docs/markdown.mjs'
import { blocksOf, pages } from '../docs/markdown.mjs'
import { isChecked, problemsIn } from '../docs/snippets.mjs'

const block = (code: string, parts: Partial<Block> = {}): Block => ({
  file: 'page.md',
  line: 10,
  language: 'ts',
  code,
  ...parts,
})

it('every TypeScript and JavaScript block of the documentation compiles', () => {
  const blocks = pages().flatMap((page) => blocksOf(page))
  expect(problemsIn(blocks.filter(isChecked))).toEqual([])
})

it('a block that does not compile is named by its file and line', () => {
  const imported = `import { KnexSessionStore } from '@knex-session/core'`
  expect(
    problemsIn([
      block(`${imported}\nnew KnexSessionStore({ tableNam: 'sessions' })`),
      block('await store.gett("sid")', { marker: 'given: store', language: 'js' }),
      block('await store.get("sid")', { marker: 'given: store' }),
      block('await store.get("sid")'),
    ]),
  ).toEqual([
    expect.stringMatching(/^page\.md:11: .*tableNam/),
    expect.stringMatching(/^page\.md:10: .*gett/),
    expect.stringMatching(/^page\.md:10: .*store/),
  ])
})

it('blocks are found with their lines, markers and indentation', () => {
  const page = [
    '# Page',
    '',
    '<!-- given: store -->',
    '',
    '```js',
    'one',
    '```',
    '',
    '   ```sql',
    '   two',
    '     three',
    '   ```',
    '',
  ].join('\n')
  expect(blocksOf('page.md', page)).toEqual([
    { file: 'page.md', line: 6, language: 'js', code: 'one', marker: 'given: store' },
    { file: 'page.md', line: 10, language: 'sql', code: 'two\n  three' },
  ])
})
