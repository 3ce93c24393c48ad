import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { linkPackages } from '../../scripts/conformance/guide.mjs'
import { blocksOf } from '../../scripts/docs/markdown.mjs'
import { freePort } from '../../scripts/servers/port.mjs'
import { root } from '../../scripts/steps/step.mjs'
import { databases, uniqueTable } from '../rig/servers/databases.js'

/** Runs the application; resolves when it listens. */
async function start(
  folder: string,
  port: number,
  url: string,
): Promise<() => Promise<number | null>> {
  const env = { ...process.env, PORT: String(port), DATABASE_URL: url }
  const child = spawn(process.execPath, ['app.mjs'], {
    cwd: folder,
    env,
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

it.each([
  { name: 'PostgreSQL', file: 'store.mjs', variable: 'PG_URL' },
  { name: 'MariaDB', file: 'mysql/store.mjs', variable: 'MYSQL_URL' },
  { name: 'SQLite', file: 'sqlite/store.mjs', variable: undefined },
])(
  'the quick start counts visits on $name, also after a restart',
  async ({ name, file, variable }) => {
    const folder = mkdtempSync(join(tmpdir(), 'knex-session-quick-start-'))
    const connection = databases.find((database) => database.name === name)!.open()
    const space = uniqueTable('quick_start')
    const url = variable === undefined ? undefined : new URL(process.env[variable] ?? '')
    if (name === 'PostgreSQL') url!.searchParams.set('options', `-c search_path=${space}`)
    else if (url) url.pathname = `/${space}`
    try {
      if (url) await connection.knex.raw('create schema ??', [space])
      for (const { marker, code } of blocksOf('docs/quick-start.md')) {
        if (!marker?.startsWith('file: ')) continue
        const path = join(folder, marker.slice('file: '.length))
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, code)
      }
      if (file !== 'store.mjs') copyFileSync(join(folder, file), join(folder, 'store.mjs'))
      const names = ['core', 'dialect-postgres', 'dialect-mysql', 'dialect-sqlite'].map(
        (each) => `@knex-session/${each}`,
      )
      const installed = [...names, 'express', 'express-session', 'knex'].map((each) => [
        each,
        join(root, 'tests/node_modules', each),
      ])
      linkPackages(folder, Object.fromEntries(installed) as Record<string, string>)
      const port = await freePort()
      let cookie = ''
      for (const views of [1, 3]) {
        const stop = await start(folder, port, url?.href ?? '')
        for (const count of [views, views + 1]) {
          const answer = await fetch(`http://127.0.0.1:${String(port)}/`, { headers: { cookie } })
          expect(await answer.text()).toBe(`Views: ${String(count)}`)
          cookie ||= answer.headers.getSetCookie()[0]!.split(';', 1)[0]!
        }
        expect(await stop()).toBe(0)
      }
    } finally {
      if (url)
        await connection.knex.raw(
          name === 'PostgreSQL' ? 'drop schema ?? cascade' : 'drop schema ??',
          [space],
        )
      await connection.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
