import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../steps/step.mjs'

/** Every page of a folder, by its path. */
function pagesIn(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.md'),
  )
  return Object.fromEntries(
    paths.sort().map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  )
}

it('the API reference is what the docstrings say; npm run docs:api writes it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-api-'))
  try {
    await promisify(execFile)(process.execPath, [join(root, 'scripts/docs/api.mjs'), folder])
    expect(pagesIn(join(root, 'docs/api'))).toEqual(pagesIn(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
