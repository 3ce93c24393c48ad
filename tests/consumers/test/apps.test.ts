import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { addPlugin, apps, bundle, served } from '../src/apps.mjs'
import { run } from '../src/run.mjs'
import { consumer } from './folders.js'

const node = (...args: string[]): Promise<string> => run(process.execPath, args, { cwd: consumer })

beforeAll(() => addPlugin(consumer))

it.each(Object.entries(apps))('%s serves sessions', async (_, file) => {
  expect(await node(file)).toBe(served)
})

it.each(['esm', 'cjs'] as const)(
  'a bundle by esbuild (%s) has the packages in it and serves sessions',
  async (format) => {
    const { file } = await bundle(consumer, format)
    expect(readFileSync(file, 'utf8')).not.toMatch(/(from|require\()\s*["']@knex-session\//)
    expect(await node(file)).toBe(served)
  },
)

it('encryption loads by import and by require, and nothing else of core with it', async () => {
  const program = `import { createRequire } from 'node:module'
    import { encryption } from '@knex-session/core/encryption'
    const required = createRequire('${join(consumer, 'app.cjs')}')('@knex-session/core/encryption')
    const texts = [encryption, required.encryption].map((each) => {
      const { stringify, parse } = each({ keys: [Buffer.alloc(32)] })
      return parse(stringify({ user: 'ann' }, { sid: 'a' }), { sid: 'a' }).user
    })
    console.log(JSON.stringify(texts))`
  expect(await node('--input-type=module', '--eval', program)).toBe('["ann","ann"]\n')
})

it('migrations load by import and by require, and change a table by either', async () => {
  const program = `import { createRequire } from 'node:module'
    import createKnex from 'knex'
    import '@knex-session/dialect-sqlite'
    import { createSessionTable } from '@knex-session/core/migration'
    const { dropSessionTable } = createRequire('${join(consumer, 'app.cjs')}')('@knex-session/core/migration')
    const knex = createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
    console.log(JSON.stringify([await createSessionTable(knex), await dropSessionTable(knex)]))
    await knex.destroy()`
  expect(await node('--input-type=module', '--eval', program)).toBe('[true,true]\n')
})

it('every dialect loads by import and by require with no driver installed', async () => {
  const names = ['postgres', 'mysql', 'sqlite', 'mssql', 'oracle']
  const imports = names.map(
    (name) =>
      `const { ${name} } = await import('@knex-session/dialect-${name}'); clients.push(...${name}.clients)`,
  )
  const program = `import { createRequire } from 'node:module'
    const clients = []
    ${imports.join('\n')}
    const require = createRequire('${join(consumer, 'app.cjs')}')
    const { registeredDialects } = require('@knex-session/core/dialect')
    console.log(JSON.stringify([registeredDialects().flatMap((dialect) => dialect.clients).join() === clients.join(), registeredDialects().length]))`
  expect(await node('--input-type=module', '--eval', program)).toBe('[true,5]\n')
})
