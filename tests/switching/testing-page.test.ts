import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { blocksOf } from '../../scripts/docs/markdown.mjs'
import { folderWithPackages } from '../rig/pages/app.js'

const run = promisify(execFile)

/** What ways of Node.js to move the time do, as docs/testing.md has it. */
const fakedDate = `
import '@knex-session/dialect-sqlite'
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { KnexSessionStore } from '@knex-session/core'
import createKnex from 'knex'

test('a session ends by the faked Date', async () => {
  mock.timers.enable({ apis: ['Date'] })
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  })
  const store = new KnexSessionStore({ knex })
  await store.set('sid', { cookie: { originalMaxAge: 3_600_000 } })
  assert.notEqual(await store.get('sid'), null)
  mock.timers.tick(3_600_000)
  assert.equal(await store.get('sid'), null)
  await store.close()
  await knex.destroy()
})
`

it('the test of docs/testing.md passes by `node --test`, and ends by itself', async () => {
  const folder = folderWithPackages()
  try {
    for (const { marker, code } of blocksOf('docs/testing.md'))
      if (marker?.startsWith('file: '))
        writeFileSync(join(folder, marker.slice('file: '.length)), code)
    writeFileSync(join(folder, 'date.test.mjs'), fakedDate)
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap'], {
      cwd: folder,
      env: { ...env, NODE_ENV: 'test' },
    })
    expect(stdout).toMatch(/^# pass 4$/m)
    expect(stdout).toMatch(/^# fail 0$/m)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
