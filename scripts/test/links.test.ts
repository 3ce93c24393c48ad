import { brokenLinks, localLinks } from '../docs/links.mjs'
import { pages, read } from '../docs/markdown.mjs'

const everyPage = [
  ...pages(),
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  '.changeset/README.md',
]

it('every local link leads to a file, and to a heading that is there', () => {
  expect(everyPage.flatMap((page) => brokenLinks(page))).toEqual([])
  expect(everyPage.flatMap((page) => localLinks(page)).length).toBeGreaterThan(50)
})

it('a link that leads nowhere is named by its file and line', () => {
  const page = [
    '# A page',
    '[here](#a-page), [there](#nowhere) and `[code](gone.md)`',
    '[file](options.md#knex) [gone](gone.md) ![picture](gone.svg "title")',
    '[heading](options.md#no-such-option)',
    '[outside](https://example.com/gone.md)',
    '[whole](https://github.com/knex-session/knex-session/blob/main/docs/gone.md#knex)',
    '[whole](https://github.com/knex-session/knex-session/blob/main/docs/options.md#knex)',
    '```',
    '[in code](gone.md)',
    '```',
    '[reference]: ../gone.md',
  ].join('\n')
  expect(brokenLinks('docs/page.md', page)).toEqual([
    'docs/page.md:2: docs/page.md has no heading #nowhere',
    'docs/page.md:3: there is no docs/gone.md',
    'docs/page.md:3: there is no docs/gone.svg',
    'docs/page.md:4: docs/options.md has no heading #no-such-option',
    'docs/page.md:6: there is no docs/gone.md',
    'docs/page.md:11: there is no gone.md',
  ])
})

it('the pages on npmjs.com have links that work there', () => {
  const packages = pages().filter((page) => page.startsWith('packages/'))
  expect(packages.length).toBeGreaterThan(6)
  for (const page of packages) {
    const targets = Array.from(read(page).matchAll(/\]\(([^)]+)\)/g), ([, target]) => target)
    expect(targets.length).toBeGreaterThan(0)
    for (const target of targets) expect(target).toMatch(/^https:/)
  }
})
