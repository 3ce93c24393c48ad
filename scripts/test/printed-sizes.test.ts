import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bounds, bundleBound, commandBound } from '../../tests/consumers/src/bounds.mjs'
import { read } from '../docs/markdown.mjs'
import { root } from '../steps/step.mjs'

/** Each figure before `kB` in a text, thousands as `1,000`. */
const figuresOf = (text: string): readonly number[] =>
  Array.from(text.matchAll(/([\d,]+) kB/g), ([, figure = '']) => Number(figure.replace(',', '')))

/** The lines of a package's README that begin with `Size:`. */
const sizeIn = (name: string): string =>
  /^Size: [^]*?(?=\n\n|\n?$(?![^]))/m.exec(read(`packages/${name}/README.md`))?.[0] ?? ''

// The tests of the packed packages compare these bounds with what was built.
it('the README of each package prints the bounds that its size is tested against', () => {
  const printed = readdirSync(join(root, 'packages')).map((name) => [name, figuresOf(sizeIn(name))])
  const expected = Object.entries(bounds).map(([name, { loaded, tarball, installed }]) => [
    name,
    [loaded, tarball, installed, ...(name === 'core' ? [bundleBound] : [])],
  ])
  expect(printed).toEqual([['cli', [commandBound]], ...expected])
})

it('the README of the project prints the size of a bundle', () => {
  expect(read('README.md')).toContain(`below ${String(bundleBound)} kB bundled with a dialect`)
})
