import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

// The entry as it is published, in a process of its own: what is tested is how Node.js finds it.
// `npm test` builds it first.
const app = `
  const knex = createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
  const store = new KnexStore({ knex, tablename: 'logins', clearInterval: 60000 })
  const cookie = { originalMaxAge: 1000, expires: new Date(Date.now() + 1000).toISOString() }
  store.set('sid', { cookie, user: 'ann' }, (error) => {
    if (error) throw error
    store.get('sid', (error, session) => {
      if (error) throw error
      console.log(session.user)
      store.close().then(() => knex.destroy())
    })
  })
`

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'knex-session-compat-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-deprecation', ...args], {
    cwd: join(__dirname, '..'),
  })
  return stdout.trim()
}

describe('code written for connect-session-knex changes one module name', () => {
  it('of require, called with express-session, as up to version 4', async () => {
    const code = `
      const session = require('express-session')
      const createKnex = require('knex')
      const KnexStore = require('@knex-session/core/compat')(session)
      ${app}`
    expect(await run('--input-type=commonjs', '--eval', code)).toBe('ann')
  })

  it('of require, by the name of the class, as in version 5', async () => {
    const code = `
      const createKnex = require('knex')
      const { ConnectSessionKnexStore: KnexStore } = require('@knex-session/core/compat')
      ${app}`
    expect(await run('--input-type=commonjs', '--eval', code)).toBe('ann')
  })

  it('of import, by the name of the class', async () => {
    const code = `
      import createKnex from 'knex'
      import { ConnectSessionKnexStore as KnexStore } from '@knex-session/core/compat'
      ${app}`
    expect(await run('--input-type=module', '--eval', code)).toBe('ann')
  })
})

describe('every package', () => {
  const entries = ['dialect', 'compat', 'encryption', 'standalone']
  const names = ['core', ...entries.map((entry) => `core/${entry}`), 'dialect-testkit']
  const dialects = ['postgres', 'mysql', 'sqlite', 'mssql', 'oracle']

  it.each([...names, ...dialects.map((name) => `dialect-${name}`)])(
    'can be imported and required side by side: %s',
    async (name) => {
      const code = `
      import { createRequire } from 'node:module'
      const imported = await import('@knex-session/${name}')
      const required = createRequire(process.cwd() + '/')('@knex-session/${name}')
      const names = (module) => Object.keys(module).filter((key) => !['default', 'module.exports'].includes(key)).sort().join()
      console.log(names(imported) === names(required) && names(imported) !== '')`
      expect(await run('--input-type=module', '--eval', code)).toBe('true')
    },
  )

  it.each(dialects)('registers its dialect once, however it is loaded: %s', async (name) => {
    const code = `
      import { createRequire } from 'node:module'
      import { registeredDialects } from '@knex-session/core/dialect'
      const imported = await import('@knex-session/dialect-${name}')
      const required = createRequire(process.cwd() + '/')('@knex-session/dialect-${name}')
      console.log(registeredDialects().length, imported.${name} === required.${name})`
    expect(await run('--input-type=module', '--eval', code)).toBe('1 true')
  })
})
