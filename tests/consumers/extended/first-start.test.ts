import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { record } from '../../../scripts/jest/facts.mjs'
import { copyRepository, startDemo } from '../src/first-start.mjs'
import { nodeOf } from '../src/nodes.mjs'

let folder: string

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'knex-session-first-start-'))))
afterEach(() => rmSync(folder, { recursive: true }))

it.each([20, 22, 24] as const)(
  'npm start takes less than 30 s on Node.js %i and an empty cache, with one line for each step',
  async (major) => {
    const { program, folder: nodeFolder } = await nodeOf(major)
    const checkout = join(folder, 'checkout')
    copyRepository(checkout)
    const options = { program, checkout, cache: join(folder, 'cache') }
    const first = await startDemo({ ...options, offline: false })
    expect(first).toMatchObject({ errors: '', status: 200, code: 0 })
    expect(first.lines.slice(0, 5)).toEqual([
      expect.stringMatching(/^Installing what the demo needs, 15 MB \.\.\. [\d.]+ s$/),
      expect.stringMatching(/^Building the packages it uses \.\.\. [\d.]+ s$/),
      expect.stringMatching(/^The demo runs at http:/),
      expect.stringMatching(/^Its sessions are in /),
      'Ctrl-C stops it.',
    ])
    // The same once more with nothing but the cache.
    rmSync(join(checkout, 'examples/demo/dist'), { recursive: true })
    const offline = await startDemo({ ...options, offline: true })
    expect(offline).toMatchObject({ errors: '', status: 200, code: 0 })
    const network = Math.max(first.seconds - offline.seconds, 0)
    record({
      figures: `npm start, Node.js ${String(major)}: ${first.seconds.toFixed(1)} s, of which the network took ${network.toFixed(1)} s`,
    })
    expect(first.seconds).toBeLessThan(30)
    if (nodeFolder !== undefined) rmSync(nodeFolder, { recursive: true })
  },
  300_000,
)
