import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { sqlite } from '../../packages/dialect-sqlite/src/index.js'
import { concerns } from '../../packages/dialect-testkit/src/kit/conformance.js'
import { completeTarget } from '../../packages/dialect-testkit/src/kit/target.js'
import { read, rowsUnder } from '../docs/markdown.mjs'
import { root } from '../steps/step.mjs'

const guide = read('docs/writing-an-adapter.md')
const source = 'packages/dialect-testkit/src'

it('the guide lists the variables that the kit reads', () => {
  const files = readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })
  const names = files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      Array.from(
        read(join(source, name)).matchAll(/env\['(KNEX_SESSION_\w+)'\]/g),
        ([, variable]) => variable,
      ),
    )
  const listed = rowsUnder(guide, '### Variables of the kit').map(([name]) => name)
  expect(listed.sort()).toEqual([...new Set(names)].sort().map((name) => `\`${String(name)}\``))
})

it('the guide says what each group that may be left out needs', () => {
  const { queries: _, addColumns: __, server: ___, ...adapter } = sqlite
  const target = completeTarget({ name: '', adapter, capabilities: { legacyTables: false } })
  const left = concerns.filter((concern) => concern.appliesTo?.(target) === false)
  const listed = rowsUnder(guide, '### Groups that were left out').map(([title]) => title)
  expect(listed.sort()).toEqual(left.map(({ title }) => title).sort())
})
