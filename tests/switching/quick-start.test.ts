import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { blocksOf } from '../../scripts/docs/markdown.mjs'
import { freePort } from '../../scripts/servers/port.mjs'
import { folderWithPackages, startApp } from '../rig/pages/app.js'
import { databases, uniqueTable } from '../rig/servers/databases.js'

it.each([
  { name: 'PostgreSQL', file: 'store.mjs', variable: 'PG_URL' },
  { name: 'MariaDB', file: 'mysql/store.mjs', variable: 'MYSQL_URL' },
  { name: 'SQLite', file: 'sqlite/store.mjs', variable: undefined },
])(
  'the quick start counts visits on $name, also after a restart',
  async ({ name, file, variable }) => {
    const folder = folderWithPackages()
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
      const port = await freePort()
      let cookie = ''
      for (const views of [1, 3]) {
        const stop = await startApp(folder, port, { DATABASE_URL: url?.href ?? '' })
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
