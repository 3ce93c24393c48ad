import { blocksOf, pages, read } from '../docs/markdown.mjs'

/** The lines of a page's tables, as `file:line`, with the cells that a reader sees in each. */
function rowsOf(file: string, text = read(file)): readonly { at: string; cells: number }[][] {
  const inCode = new Set(
    blocksOf(file, text).flatMap(({ line, code }) => code.split('\n').map((_, at) => line + at)),
  )
  const tables: { at: string; cells: number }[][] = []
  let open: { at: string; cells: number }[] | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.trimStart().startsWith('|') || inCode.has(index + 1)) {
      open = undefined
      continue
    }
    if (!open) tables.push((open = []))
    const cells = line.trim().split(/(?<!\\)\|/).length - 2
    open.push({ at: `${file}:${String(index + 1)}`, cells })
  }
  return tables
}

/** The rows that have not as many cells as the head of their table. */
const broken = (tables: ReturnType<typeof rowsOf>): readonly string[] =>
  tables.flatMap((rows) => rows.filter(({ cells }) => cells !== rows[0]?.cells).map(({ at }) => at))

it('every row of a table in the pages has as many cells as its head', () => {
  const tables = pages().flatMap((file) => rowsOf(file))
  expect(tables.length).toBeGreaterThan(50)
  expect(broken(tables)).toEqual([])
})

it.each([
  ['fewer cells', '| a | b |\n| - | - |\n| 1 |', ['page:3']],
  ['more cells', '| a |\n| - |\n| 1 |\n| 1 | 2 |', ['page:4']],
  ['a bar that is escaped', '| a |\n| - |\n| `1 \\| 2` |', []],
  ['code', '| a |\n| - |\n\n```\n| 1 | 2 |\n| 1 |\n```', []],
])('a table with %s', (_, text, rows) => {
  expect(broken(rowsOf('page', text))).toEqual(rows)
})
