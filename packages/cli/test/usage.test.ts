import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configOf, secretsOf } from '../src/connection.js'
import { TestCommand } from './command.js'

let command: TestCommand
beforeAll(async () => {
  command = await TestCommand.make()
})
afterAll(() => command.remove())

const sqlite = (file: string) =>
  `{ client: 'better-sqlite3', connection: { filename: '${file}' }, useNullAsDefault: true }`

/** What an application has installed to read TypeScript. */
const loader = `const { readFileSync } = require('node:fs')
  require.extensions['.ts'] = (module, file) => {
    const { code } = require('esbuild').transformSync(readFileSync(file, 'utf8'), { loader: 'ts', format: 'cjs' })
    module._compile(code, file)
  }`

describe('a knexfile', () => {
  const forms: readonly (readonly [form: string, files: Readonly<Record<string, string>>])[] = [
    ['in CommonJS', { 'knexfile.js': `module.exports = ${sqlite('a.sqlite')}` }],
    ['as an ES module', { 'knexfile.mjs': `export default ${sqlite('a.sqlite')}` }],
    [
      'as an ES module by its package',
      {
        'package.json': '{ "type": "module" }',
        'knexfile.js': `export default ${sqlite('a.sqlite')}`,
      },
    ],
    [
      'in TypeScript',
      {
        'node_modules/ts-node/register.js': loader,
        'knexfile.ts': `import type { Knex } from 'knex'\nconst config: Knex.Config = ${sqlite('a.sqlite')}\nexport default config`,
      },
    ],
    [
      'in TypeScript, by a loader that leaves ES modules as they are',
      {
        'node_modules/ts-node/register.js': loader.replace(`'cjs'`, `'esm'`),
        'knexfile.ts': `import type { Knex } from 'knex'\nexport default ${sqlite('a.sqlite')} satisfies Knex.Config`,
      },
    ],
    [
      'with environments, one a function',
      { 'knexfile.cjs': `module.exports = { development: async () => (${sqlite('a.sqlite')}) }` },
    ],
    [
      'of environments as named exports',
      { 'knexfile.mjs': `export const development = ${sqlite('a.sqlite')}` },
    ],
    [
      'that is a function',
      { 'knexfile.cjs': `module.exports = async () => (${sqlite('a.sqlite')})` },
    ],
  ]

  it.each(forms)('%s is read', async (_, files) => {
    const cwd = command.application(files)
    const { code, stdout, stderr } = await command.run(['create', '--json'], { cwd })
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '{"created":true,"addedColumns":[]}\n',
      stderr: '',
    })
    expect(readdirSync(cwd)).toContain('a.sqlite')
  })

  it('above is found, and an environment of one elsewhere is chosen', async () => {
    const cwd = command.application({
      'knexfile.js': `module.exports = { development: ${sqlite('a.sqlite')}, test: ${sqlite('b.sqlite')} }`,
    })
    mkdirSync(join(cwd, 'src'))
    expect(await command.run(['create'], { cwd: join(cwd, 'src') })).toMatchObject({ code: 0 })
    const named = ['create', '--knexfile', join(cwd, 'knexfile.js'), '--env', 'test']
    expect(await command.run(named)).toMatchObject({ code: 0 })
    expect(readdirSync(cwd)).toContain('b.sqlite')
    const wrong = await command.run(['create', '--env', 'production'], { cwd })
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toMatch(/environment 'production'.*development, test/)
  })
})

it('a knexfile that is named is read in its folder', async () => {
  const read = `{ client: 'better-sqlite3', connection: { filename: readFileSync('name.txt', 'utf8') }, useNullAsDefault: true }`
  const cwd = command.application({
    'db/name.txt': 'a.sqlite',
    'db/knexfile.cjs': `const { readFileSync } = require('node:fs')\nmodule.exports = ${read}`,
  })
  const { code, stderr } = await command.run(['create', '--knexfile', 'db/knexfile.cjs'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(readdirSync(join(cwd, 'db'))).toContain('a.sqlite')
})

describe('written wrongly', () => {
  it.each([
    ['an unknown command', ['chekc'], /check/],
    ['an unknown option', ['check', '--tabel', 'a'], /--table/],
    ['an unknown client', ['ddl', 'pgg'], /'pgg'.*pg,/],
    ['no database', ['check'], /--connection.*DATABASE_URL/],
    ['columns of no field', ['check', '--columns', 'sd=id'], /sid=session_id/],
    ['an impossible name', ['ddl', 'pg', '--table', 'a?'], /`tableName`/],
    [
      'a migration that is a path',
      ['migration', '--client', 'pg', '--name', '../a', '--connection', 'postgres://a/b'],
      /--name/,
    ],
    ['a knexfile that is not there', ['check', '--knexfile', 'none.js'], /none\.js/],
  ])('%s ends with 2 and says what to write', async (_, args, text) => {
    const ended = await command.run(args, { cwd: command.application() })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(text)
    expect(ended.stderr).not.toContain('    at ')
  })

  it('as JSON, too', async () => {
    const { code, stdout } = await command.run(['ddl', 'pgg', '--json'])
    expect(code).toBe(2)
    expect((JSON.parse(stdout) as { error: string }).error).toContain('pgg')
  })
})

it('a password is never printed, and a database that does not answer ends with 3', async () => {
  const url = 'postgres://ann:s3cret-word@127.0.0.1:1/none'
  for (const args of [
    ['check', '--connection', url],
    ['prune', '--json', '--connection', url],
  ]) {
    const { code, stdout, stderr } = await command.run(args)
    expect(code).toBe(3)
    expect(stdout + stderr).toContain('ECONNREFUSED')
    expect(stdout + stderr).not.toContain('s3cret-word')
  }
})

it('a password that a function gives is not printed either', async () => {
  const cwd = command.application({
    'knexfile.cjs': `module.exports = {
      ...${sqlite('none.sqlite')},
      connection: async () => ({ filename: 'a.sqlite', password: 's3cret-word' }),
      pool: { afterCreate: (connection, done) => done(new Error('no s3cret-word here')) },
    }`,
  })
  const { code, stderr } = await command.run(['check'], { cwd })
  expect(code).toBe(3)
  expect(stderr).toContain('no *** here')
})

describe('a URL', () => {
  it.each([
    [
      'mysql://ann:a%40b@[::1]/shop?ssl={"rejectUnauthorized":false}&charset=utf8mb4&dateStrings=true',
      {
        client: 'mysql2',
        connection: {
          ...{ host: '::1', port: 3306, user: 'ann', password: 'a@b', database: 'shop' },
          ...{ ssl: { rejectUnauthorized: false }, charset: 'utf8mb4', dateStrings: true },
        },
      },
    ],
    [
      'mysql://ann:50%25%@db.example:3307/shop',
      {
        client: 'mysql2',
        connection: {
          ...{ host: 'db.example', port: 3307, user: 'ann', password: '50%25%', database: 'shop' },
        },
      },
    ],
    [
      'postgres://ann:word@db.example/shop?sslmode=require',
      {
        client: 'pg',
        connection: {
          connectionString: 'postgres://ann:word@db.example/shop?sslmode=require',
        },
      },
    ],
    [
      'sqlite:///srv/sessions.sqlite',
      {
        client: 'better-sqlite3',
        connection: { filename: '/srv/sessions.sqlite' },
        useNullAsDefault: true,
      },
    ],
  ])('%s is read', (url, config) => {
    expect(configOf(url)).toEqual(config)
  })

  it.each([
    [{ host: 'a', password: 'one' }, ['one']],
    ['postgres://ann:a%40b@c/d', ['postgres://ann:a%40b@c/d', 'a%40b', 'a@b']],
    [{ uri: 'mysql://ann:one@c/d' }, ['mysql://ann:one@c/d', 'one', 'one']],
    [null, []],
  ])('of %j the secrets are known', (connection, secrets) => {
    expect(secretsOf(connection)).toEqual(secrets)
  })
})

describe('ddl', () => {
  it.each([
    ['pg', [], 'create table "sessions"'],
    [
      'pg',
      ['--user-id', '--add-columns'],
      'create index concurrently on "sessions" ("user_id" asc);',
    ],
    ['mysql2', [], 'utf8mb4_0900_bin'],
    ['mysql2', ['--server-version', '10.11.6-MariaDB'], 'utf8mb4_nopad_bin'],
    ['mssql', ['--schema', 'auth'], 'create table [auth].[sessions]'],
    ['oracledb', [], 'end;\n/'],
    ['mysql2', ['--columns', 'sid=id,expired=ends:unix-seconds'], '`ends` bigint unsigned'],
  ])('prints the statements for %s %j without a database', async (client, flags, text) => {
    const ended = await command.run(['ddl', client, ...flags])
    const isGuess = client === 'mysql2' && !flags.includes('--server-version')
    expect(ended).toMatchObject({
      code: 0,
      stderr: isGuess ? expect.stringMatching(/MariaDB/) : '',
    })
    expect(ended.stdout).toContain(text)
  })
})

describe('migration', () => {
  const down = /alterTable\('web_sessions', \(table\) => \{\n {4}table\.dropColumns\('version'\)/
  it.each([
    ['CommonJS', '{}', 'js', [], /^require\('@knex-session\/dialect-sqlite'\)[^]*exports\.up = /],
    [
      'an ES module',
      '{ "type": "module" }',
      'js',
      [],
      /^import '[^]*export async function up\(knex\)/,
    ],
    ['TypeScript', '{}', 'ts', ['--user-id'], /up\(knex: Knex\).*\n.*\(knex, \{ userId: true \}\)/],
    ['CommonJS', '{}', 'cjs', ['--add-columns', '--on-conflict', '--table', 'web_sessions'], down],
    [
      'CommonJS, with names of columns',
      '{}',
      'js',
      ['--add-columns', '--user-id', '--columns', 'userId=owner'],
      /dropColumns\('owner', 'created_at', 'last_seen_at'\)/,
    ],
  ])('is written as %s', async (_, manifest, ext, flags, text) => {
    const migrations = `{ directory: 'db', extension: '${ext}' }`
    const cwd = command.application({
      'package.json': manifest,
      'knexfile.cjs': `module.exports = { ...${sqlite('a.sqlite')}, migrations: ${migrations} }`,
    })
    const ended = await command.run(['migration', '--json', ...flags], { cwd })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const { file } = JSON.parse(ended.stdout) as { file: string }
    expect(file).toMatch(new RegExp(`/db/\\d{14}_sessions\\.${ext}$`))
    expect(readFileSync(file, 'utf8')).toMatch(text)
  })
})
