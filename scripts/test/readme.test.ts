import ts from 'typescript'
import { sessionTable } from '../../packages/core/src/dialect/index.js'
import type { ResolvedOptions } from '../../packages/core/src/store/options/options.js'
import { resolveOptions } from '../../packages/core/src/store/options/resolve.js'
import { adapter as cockroachdb } from '../../packages/dialect-cockroachdb/src/adapter.js'
import { adapter as mssql } from '../../packages/dialect-mssql/src/adapter.js'
import { adapter as mysql } from '../../packages/dialect-mysql/src/adapter.js'
import { adapter as oracle } from '../../packages/dialect-oracle/src/adapter.js'
import { adapter as postgres } from '../../packages/dialect-postgres/src/adapter.js'
import { adapter as sqlite } from '../../packages/dialect-sqlite/src/adapter.js'
import { blocksOf, read, rowsUnder } from '../docs/markdown.mjs'

const readme = read('README.md')

describe('the options of the README', () => {
  const rows = rowsUnder(readme, '## Options')
  const defaults: ResolvedOptions = resolveOptions({})

  /** A default as the README writes it. */
  const written = (name: keyof ResolvedOptions): string => {
    const value = defaults[name]
    if (name === 'touchInterval') return '5 % of its life'
    if (value === undefined) return 'none'
    if (name === 'columns')
      return Object.values(defaults.columns)
        .map((each) => `\`${String(each)}\``)
        .join(', ')
    if (name === 'clock') return '`Date.now()`'
    if (name === 'serializer') return '`JSON`'
    if (name === 'onCleanupError') return '`console.error`'
    if (name === 'onOutage') return '`console.warn`'
    return typeof value === 'string' ? `\`'${value}'\`` : `\`${JSON.stringify(value)}\``
  }

  const names = Object.keys(defaults) as (keyof ResolvedOptions)[]
  /** Those that have a section in a page, in order. */
  const sectionsOf = (page: string) =>
    Array.from(read(page).matchAll(/^## `(\w+)`/gm), ([, name]) => name)
  const tuning = sectionsOf('docs/tuning.md')

  it('are those of the code, with their defaults; what is tuning is on a page of its own', () => {
    const expected = names
      .filter((name) => !tuning.includes(name))
      .map((name) => [`\`${name}\``, written(name)])
    expect(rows.map(([name, value]) => [name, value])).toEqual(expected)
    expect(rows.length).toBeLessThanOrEqual(18)
  })

  it('have the old names in docs/options.md that the code takes', () => {
    const source = ts.createSourceFile(
      'options.ts',
      read('packages/core/src/store/options/options.ts'),
      ts.ScriptTarget.ES2022,
      true,
    )
    const old: Record<string, string> = {}
    const visit = (node: ts.Node): void => {
      if (ts.isPropertySignature(node)) {
        const present = /^since [\d.]+: use (`.+`)/.exec(
          ts.getTextOfJSDocComment(ts.getJSDocDeprecatedTag(node)?.comment) ?? '',
        )?.[1]
        if (present !== undefined) old[`\`${node.name.getText()}\``] = present
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
    const listed = rowsUnder(read('docs/options.md'), '## Old names')
    expect(Object.fromEntries(listed)).toEqual(old)
  })

  it('have a section each, in docs/options.md or docs/tuning.md', () => {
    expect([...sectionsOf('docs/options.md'), ...tuning]).toEqual(names)
  })
})

describe('the table of the README against others', () => {
  const stores = [
    'knex-session (PostgreSQL)',
    'connect-pg-simple (PostgreSQL)',
    'connect-session-knex (PostgreSQL)',
    'express-mysql-session (MariaDB)',
    'connect-redis (Redis)',
  ]

  /** The medians of the stores in a table of a page, as text. */
  const medians = (page: string, heading: string, column: number): readonly string[] => {
    const rows = new Map(rowsUnder(read(page), heading).map((row) => [row[0], row[column]]))
    return stores.map((store) => (rows.get(store) ?? '').replace(/ \(.*/, ''))
  }
  const numberOf = (text: string) => Number(text.replace(/,| s$/g, ''))
  /** With the best in bold, and those that are as good. */
  const marked = (texts: readonly string[], bestOf: (...values: number[]) => number) => {
    const best = bestOf(...texts.map(numberOf))
    return texts.map((text) => (numberOf(text) === best ? `**${text}**` : text))
  }
  const measured = (heading: string, column: number) =>
    marked(medians('docs/benchmarks.md', heading, column), Math.max)
  const compared = (heading: string, column: number) =>
    marked(medians('docs/comparison.md', heading, column), Math.min)
  const feature = (title: string) =>
    rowsUnder(read('docs/comparison.md'), '## Features')
      .find((row) => row[0] === title)
      ?.slice(1) ?? []
  const lookAlikes = () => {
    const each = [1, 2, 3].map((column) =>
      medians('docs/comparison.md', '## Ids that look alike', column),
    )
    return marked(
      stores.map((_, index) =>
        String(each.reduce((sum, column) => sum + Number(column[index]), 0)),
      ),
      Math.min,
    )
  }

  const reads = '### get, sessions of about 400 bytes, calls per second'
  const writes = '### set, sessions of about 400 bytes, calls per second'
  const killed = '## The server is killed'
  const sources: readonly (readonly [title: string, cells: () => readonly string[]])[] = [
    ['Reads per second, 64 callers', () => measured(reads, 3)],
    ['Reads per second, 1 caller', () => measured(reads, 1)],
    ['Writes per second, 64 callers', () => measured(writes, 3)],
    [
      'Requests per second through Express, 100 connections',
      () => measured('### HTTP read route, requests per second', 2),
    ],
    ['Server killed for 3 s: errors that users saw', () => compared(killed, 1)],
    ['… longest request', () => compared(killed, 3)],
    ['… users logged out, of 64', () => compared(killed, 4)],
    ['… unhandled rejections', () => compared(killed, 6)],
    ['Last writes lost, of 500 sessions', () => compared('## Writes in a row', 1)],
    ['Pairs of ids mixed up, of 3', lookAlikes],
    ['Back after a log-out, of 20 sessions', () => compared('## Log-out during slow requests', 1)],
    ...[
      'List and end the sessions of a user',
      'Hashed session ids',
      'Encryption of contents',
      'TypeScript types',
      'Newest release',
    ].map((title) => [title, () => feature(title)] as const),
  ]

  it('has these rows', () => {
    const rows = rowsUnder(readme, '## Against the others')
    expect(rows.map(([title]) => title)).toEqual(sources.map(([title]) => title))
  })

  it.each(sources)('has the figures of the pages in docs: %s', (title, cells) => {
    const rows = rowsUnder(readme, '## Against the others')
    expect(rows.find((row) => row[0] === title)?.slice(1)).toEqual(cells())
  })
})

describe('the table in docs/schema.md', () => {
  const page = read('docs/schema.md')
  const blocks = blocksOf('docs/schema.md').filter(({ language }) => language === 'sql')
  const plain = (sql: string): string =>
    sql.replace(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(' )', ')').trim()

  /** Without the transaction or the block that makes one statement of several. */
  const byHand = (sql: string): string => {
    const immediate = Array.from(sql.matchAll(/execute immediate '(.*)'/g), ([, text]) => text)
    if (immediate.length > 0) return `${immediate.join('; ')};`
    return sql.replace(/^set xact_abort on;\nbegin transaction;|commit transaction;;$/g, '')
  }

  it.each([
    { name: 'PostgreSQL', adapter: postgres, server: {} },
    { name: 'CockroachDB', adapter: cockroachdb, server: {} },
    { name: 'MySQL', adapter: mysql, server: { mariadb: false, major: 8, minor: 0, patch: 17 } },
    { name: 'SQLite', adapter: sqlite, server: {} },
    { name: 'SQL Server', adapter: mssql, server: {} },
    { name: 'Oracle Database', adapter: oracle, server: {} },
  ])('is what the adapter makes on $name', ({ adapter, server }) => {
    const made = adapter.createTable(sessionTable(), server).map(({ sql }) => byHand(`${sql};`))
    expect(blocks.map(({ code }) => plain(code))).toContain(plain(made.join(' ')))
    const table = sessionTable({ userId: true })
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    const added = adapter.addColumns?.(table, missing, server).map(({ sql }) => `${sql};`) ?? []
    expect(blocks.map(({ code }) => plain(code))).toContain(plain(added.join(' ')))
  })

  it.each([
    { server: { mariadb: true, major: 10, minor: 2, patch: 2 }, text: '`utf8mb4_nopad_bin`' },
    { server: { mariadb: false, major: 8, minor: 0, patch: 16 }, text: '`utf8mb4_bin`' },
    {
      server: { mariadb: false, major: 5, minor: 7, patch: 7 },
      text: '`longtext character set utf8mb4 collate utf8mb4_bin`',
    },
  ])('says where $text is used', ({ server, text }) => {
    expect(mysql.createTable(sessionTable(), server)[0]?.sql).toContain(
      ` ${text.slice(1, -1)} not null`,
    )
    expect(page).toContain(text)
  })
})
