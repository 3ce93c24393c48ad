import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart, type Bar } from '../src/report/bar-chart.mjs'
import { chartsOf } from '../src/report/charts.mjs'

const folder = join(__dirname, '../../docs/benchmarks')
const results = join(__dirname, '../results')

const bar = (label: string, median: number, kind: Bar['kind'] = 'own'): Bar => ({
  label,
  median,
  min: median / 2,
  max: median * 2,
  kind,
})

describe('a chart', () => {
  const chart = {
    title: 'One is faster than <the> other',
    lead: 'Calls per second.',
    panels: [
      { name: 'Reads', bars: [bar('ours', 145_876), bar('theirs', 12.345, 'other')] },
      { name: 'Writes', bars: [bar('ours', 2)] },
    ],
  }

  it('says all that it shows in words', () => {
    const [, words] = /<desc id="text">(.*)<\/desc>/.exec(barChart(chart)) ?? []
    expect(words).toBe(
      'Calls per second. Reads, ours: 145,876. Reads, theirs: 12.3. Writes, ours: 2.',
    )
  })

  it('has colours for dark pages, is no wider than a phone, and escapes its texts', () => {
    const svg = barChart(chart)
    expect(svg).toContain('@media (prefers-color-scheme: dark)')
    expect(Number(/width="(\d+)"/.exec(svg)?.[1])).toBeLessThan(430)
    expect(svg).toContain('than &lt;the> other</title>')
  })

  it('has a scale for each panel, or one for all', () => {
    const widths = (svg: string) =>
      Array.from(svg.matchAll(/width="([\d.]+)" class/g), ([, width]) => Number(width))
    const [first, , third] = widths(barChart(chart))
    expect(third).toBe(first)
    expect(widths(barChart({ ...chart, hasOneScale: true }))[2]).toBe(0)
  })

  it('explains the colours that it has, and no other', () => {
    const svg = barChart(chart).replaceAll(/<\/text>\n<text [^>]*>/g, ' ')
    expect(svg).toContain('Blue: knex-session. Grey: other stores. The line')
  })
})

it('the charts of the pages are those of the results', () => {
  const runs = readdirSync(results).filter((name) => /^\d/.test(name))
  const newest = runs.sort().at(-1)!
  const charts = chartsOf(JSON.parse(readFileSync(join(results, newest), 'utf8')))
  expect(Object.keys(charts).sort()).toEqual(readdirSync(folder).sort())
  const page = readFileSync(join(folder, '../benchmarks.md'), 'utf8')
  for (const [name, { title, svg }] of Object.entries(charts)) {
    expect(readFileSync(join(folder, name), 'utf8')).toBe(`${svg}\n`)
    expect(page).toContain(`![${title}](benchmarks/${name})`)
  }
})

it('a run of one suite makes the charts of that suite', () => {
  const cell = { suite: 'calls', size: 400, callers: 64, database: 'sqlite', samples: [1, 2, 3] }
  const charts = chartsOf({ cells: [{ ...cell, workload: 'set', contender: 'knex-session' }] })
  expect(Object.entries(charts).map(([name, { title }]) => [name, title])).toEqual([
    ['calls-sqlite.svg', 'Calls per second on SQLite'],
  ])
})
