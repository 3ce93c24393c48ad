import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { read, rowsUnder } from '../docs/markdown.mjs'
import { root } from '../steps/step.mjs'

const core = 'packages/core/src'
const page = read('docs/architecture.md')
const files = String(execFileSync('git', ['ls-files'], { cwd: root })).split('\n')

/** What is between backticks. */
const quoted = (cell: string): readonly string[] =>
  Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name)

const rows = rowsUnder(page, '## Promises').map(
  ([promise = '', room = '', decision = '', shown = '']) => ({ promise, room, decision, shown }),
)

/** The tests of a name; one that all dialects have, as `dialect-*\/test/name`, is one. */
function testsOf(name: string): readonly string[] {
  const path = name.split('*').map((part) => part.replaceAll('.', '\\.'))
  const found = files.filter((file) => new RegExp(`(^|/)${path.join('\\w+')}$`).test(file))
  return name.includes('*') ? found.slice(0, 1) : found
}

describe.each(rows)('$promise', ({ room, decision, shown }) => {
  it('names files, folders and members of core that are there', () => {
    expect(room).toMatch(/`|adapter/)
    const sources = files.filter(
      (file) => file.startsWith(`${core}/`) && existsSync(join(root, file)),
    )
    const text = sources.map(read).join('\n')
    const missing = quoted(room).filter((name) =>
      /[./]/.test(name) ? !existsSync(join(root, core, name)) : !text.includes(name),
    )
    expect(missing).toEqual([])
  })

  it('names decisions by their numbers', () => {
    const links = Array.from(decision.matchAll(/\[(\d+)\]\(adr\/(\d{4})[\w-]+\.md\)/g))
    expect(links.length).toBe(decision.split(', ').length)
    for (const [, number, start] of links) expect(Number(start)).toBe(Number(number))
  })

  it('names laws and tests that are there, each once', () => {
    const names = quoted(shown)
    expect(names).not.toEqual([])
    for (const name of names) {
      if (!name.endsWith('.test.ts'))
        expect(files).toContain(`packages/dialect-testkit/src/laws/${name}.ts`)
      else expect({ name, found: testsOf(name).length }).toEqual({ name, found: 1 })
    }
  })
})

it('the rooms have a row for every file beside them', () => {
  const beside = readdirSync(join(root, core)).filter((name) => name.endsWith('.ts'))
  expect(beside.filter((name) => !page.includes(`[\`${name}\`](../${core}/${name})`))).toEqual([])
})

it('the page names the files that all five dialects have', () => {
  const dialects = ['mssql', 'mysql', 'oracle', 'postgres', 'sqlite'].map((name) => {
    const folder = `packages/dialect-${name}/src/`
    const own = files.filter((file) => file.startsWith(folder) && existsSync(join(root, file)))
    return own.map((file) => file.slice(folder.length).replace('.ts', ''))
  })
  const shared = dialects.reduce((all, own) => all.filter((file) => own.includes(file)))
  const [, named = ''] =
    /All five dialects have the files\s([^,]+(?:, `[^,]+)*), so/.exec(page.replace(/\s+/g, ' ')) ??
    []
  expect(quoted(named)).toEqual([...shared].sort())
})

it('the glossary has at most fifteen terms', () => {
  const glossary = page.slice(page.indexOf('## Glossary'))
  const terms = Array.from(glossary.matchAll(/\*\*([^*]+)\*\*/g), ([, term = '']) => term)
  const names = terms.flatMap((term) => term.split(', '))
  expect(names.length).toBeGreaterThan(5)
  expect(names.length).toBeLessThanOrEqual(15)
})

it('a name that two tests have is found to be ambiguous', () => {
  expect(testsOf('conformance.test.ts').length).toBeGreaterThan(1)
  expect(testsOf('dialect-*/test/conformance.test.ts')).toHaveLength(1)
  expect(testsOf('no-such.test.ts')).toEqual([])
})
