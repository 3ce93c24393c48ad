import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { blocksOf } from '../../scripts/docs/markdown.mjs'
import { freePort } from '../../scripts/servers/port.mjs'
import { folderWithPackages, startApp } from '../rig/pages/app.js'
import { databases, uniqueTable } from '../rig/servers/databases.js'

/** Writes the files of the quick start, with the store of that database. */
function quickStart(folder: string, store: string): void {
  for (const { marker, code } of blocksOf('docs/quick-start.md')) {
    if (!marker?.startsWith('file: ')) continue
    const path = join(folder, marker.slice('file: '.length))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, code)
  }
  if (store !== 'store.mjs') copyFileSync(join(folder, store), join(folder, 'store.mjs'))
}

/** Writes the program of a package's README. */
function readme(folder: string, name: string): void {
  const programs = blocksOf(`packages/${name}/README.md`).filter(
    ({ language }) => language === 'js',
  )
  writeFileSync(join(folder, 'app.mjs'), programs[0]?.code ?? '')
}

it.each([
  { of: 'the quick start', name: 'PostgreSQL', write: quickStart, what: 'store.mjs' },
  { of: 'the quick start', name: 'MariaDB', write: quickStart, what: 'mysql/store.mjs' },
  { of: 'the quick start', name: 'SQLite', write: quickStart, what: 'sqlite/store.mjs' },
  { of: 'the README of core', name: 'PostgreSQL', write: readme, what: 'core' },
  { of: 'the README', name: 'PostgreSQL', write: readme, what: 'dialect-postgres' },
  { of: 'the README', name: 'MariaDB', write: readme, what: 'dialect-mysql' },
  { of: 'the README', name: 'SQLite', write: readme, what: 'dialect-sqlite' },
])('$of counts visits on $name, also after a restart', async ({ of, name, write, what }) => {
  const folder = folderWithPackages()
  const connection = databases.find((database) => database.name === name)!.open()
  const space = uniqueTable('quick_start')
  const variable = { PostgreSQL: 'PG_URL', MariaDB: 'MYSQL_URL' }[name]
  const url = variable === undefined ? undefined : new URL(process.env[variable] ?? '')
  if (name === 'PostgreSQL') url!.searchParams.set('options', `-c search_path=${space}`)
  else if (url) url.pathname = `/${space}`
  try {
    if (url) await connection.knex.raw('create schema ??', [space])
    write(folder, what)
    const port = await freePort()
    let cookie = ''
    for (const views of [1, 3]) {
      const stop = await startApp(folder, port, { DATABASE_URL: url?.href ?? '' })
      for (const count of [views, views + 1]) {
        const answer = await fetch(`http://127.0.0.1:${String(port)}/`, { headers: { cookie } })
        expect(await answer.text()).toBe(`Views: ${String(count)}`)
        cookie ||= answer.headers.getSetCookie()[0]!.split(';', 1)[0]!
      }
      const code = await stop()
      if (of === 'the quick start') expect(code).toBe(0)
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
})
