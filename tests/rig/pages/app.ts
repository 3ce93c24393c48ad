import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linkPackages } from '../../../scripts/conformance/guide.mjs'
import { root } from '../../../scripts/steps/step.mjs'

const packages = [
  ...['core', 'dialect-postgres', 'dialect-mysql', 'dialect-sqlite'].map(
    (name) => `@knex-session/${name}`,
  ),
  'express',
  'express-session',
  'knex',
]

/** An empty folder in which programs of a page find the packages that they import. */
export function folderWithPackages(): string {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-page-'))
  const installed = packages.map((name) => [name, join(root, 'tests/node_modules', name)])
  linkPackages(folder, Object.fromEntries(installed) as Record<string, string>)
  return folder
}

/**
 * Runs `app.mjs` of a folder, which listens on the port of the variable `PORT`; resolves when it
 * answers, to what ends it by SIGTERM and gives its exit code.
 */
export async function startApp(
  folder: string,
  port: number,
  variables: Readonly<Record<string, string>>,
): Promise<() => Promise<number | null>> {
  const child = spawn(process.execPath, ['app.mjs'], {
    cwd: folder,
    env: { ...process.env, ...variables, PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = once(child, 'exit')
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`the application ended with exit code ${String(child.exitCode)}`)
    const answer = await fetch(`http://127.0.0.1:${String(port)}/favicon.ico`).catch(
      () => undefined,
    )
    if (answer) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return async () => {
    child.kill('SIGTERM')
    const [code] = (await ended) as [number | null]
    return code
  }
}
