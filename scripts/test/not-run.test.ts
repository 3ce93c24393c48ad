import { notRunOn } from '../../packages/cli/src/catalog/not-run.js'
import { read } from '../docs/markdown.mjs'

const npm = (dialect: string) => `packages/dialect-${dialect}/README.md`

/** The pages, besides those that name all, that say of a database that it was not run. */
const databases: readonly (readonly [name: string, pages: readonly string[], found: string])[] = [
  ['CockroachDB', [npm('cockroachdb'), 'docs/databases.md'], 'cockroachdb'],
  [
    'YugabyteDB',
    [npm('postgres'), 'docs/databases.md'],
    'PostgreSQL 15.2-YB-2.25.0.0-b0 on x86_64',
  ],
  ['TiDB', [npm('mysql'), 'docs/databases.md'], '8.0.11-TiDB-v8.5.6'],
  ['SQL Server', [npm('mssql'), 'docs/switching.md'], 'mssql'],
  ['Oracle Database', [npm('oracle')], 'oracle'],
]

describe.each(databases)('%s', (name, pages, found) => {
  const says = new RegExp(`not run by us on ${name}`, 'i')
  const of = (page: string) => read(page).replace(/\s+/g, ' ')

  it.each(['README.md', 'docs/high-availability.md', ...pages])(
    'is one that was not run, in the same words, in %s',
    (page) => {
      expect(of(page)).toMatch(says)
    },
  )

  it('is one of those in the page of core on npm, and for the command', () => {
    const [list = ''] = /Not run by us on [^:]*:/.exec(of('packages/core/README.md')) ?? []
    expect(list).toContain(name)
    expect(notRunOn(found, found)).toBe(name)
  })
})
