import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../steps/step.mjs'

const mostLines = 250
const mostFiles = 9

/** The source files of a folder and of all in it, relative to the root. */
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return sourcesIn(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)

it(`no source file of a package has more than ${String(mostLines)} lines: one that has holds two things`, () => {
  const sources = packages.flatMap(sourcesIn)
  expect(sources.length).toBeGreaterThan(100)
  const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length - 1
  const sizes = sources.map((file) => ({ file, lines: lines(file) }))
  expect(sizes.filter((each) => each.lines > mostLines)).toEqual([])
})

it(`no folder of core has more than ${String(mostFiles)} source files`, () => {
  const files = new Map<string, number>()
  for (const source of sourcesIn('packages/core/src')) {
    const folder = source.slice(0, source.lastIndexOf('/'))
    files.set(folder, (files.get(folder) ?? 0) + 1)
  }
  expect(files.size).toBeGreaterThan(6)
  expect([...files].filter(([, count]) => count > mostFiles)).toEqual([])
})
