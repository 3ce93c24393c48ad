import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TestCommand } from './command.js'

let command: TestCommand
beforeAll(async () => {
  command = await TestCommand.make()
})
afterAll(() => command.remove())

const sqlite = `client: 'better-sqlite3', useNullAsDefault: true`

it('a password that is a word of a statement leaves the statement as it is', async () => {
  const cwd = command.application({
    'knexfile.cjs': `module.exports = { ${sqlite}, connection: { filename: 'a.sqlite', password: 'expired' } }`,
  })
  const { stdout } = await command.run(['check'], { cwd })
  expect(stdout).toContain('`expired` datetime')
})

it('a prune of a table that is not there says so, and nothing else', async () => {
  const cwd = command.application({
    'knexfile.cjs': `module.exports = { ${sqlite}, connection: { filename: 'a.sqlite' } }`,
  })
  const ended = await command.run(['prune', '--json'], { cwd })
  expect(ended).toMatchObject({ code: 3, stderr: '' })
  expect(ended.stdout).toMatch(/there is no table 'sessions'.*err_table_missing/)
})

it('a reader that has read enough is no failure', async () => {
  const bin = join(command.folder, 'bin/main.mjs')
  const line = `'${process.execPath}' '${bin}' ddl pg | true`
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', line])
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
})
