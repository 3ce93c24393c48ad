import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { remove } from '../src/consumer.mjs'
import { run } from '../src/run.mjs'
import { consumer } from './folders.js'

const compiler = join(__dirname, '../../../node_modules/typescript/bin/tsc')

let folder: string

/** Gives a folder what the consumer has installed, but nothing of express-session. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'knex-session-standalone-'))
  cpSync(join(consumer, 'standalone'), folder, { recursive: true })
  const [from, to] = [consumer, folder].map((each) => join(each, 'node_modules')) as [
    string,
    string,
  ]
  mkdirSync(join(to, '@types'), { recursive: true })
  for (const name of ['@knex-session/core', '@knex-session/dialect-sqlite'])
    cpSync(join(from, name), join(to, name), { recursive: true })
  const others = readdirSync(from).filter((name) => !/^[.@]|^express-session$/.test(name))
  for (const name of [...others, '@types/node']) symlinkSync(join(from, name), join(to, name))
})
afterAll(() => remove(folder))

it('the store of every other entry needs express-session', async () => {
  const load = run(process.execPath, ['--eval', `require('@knex-session/core')`], { cwd: folder })
  await expect(load).rejects.toThrow(/Cannot find module 'express-session'/)
})

it.each(['app.mjs', 'app.cjs'])('without express-session %s keeps sessions', async (file) => {
  expect(await run(process.execPath, [file], { cwd: folder })).toBe('ann, 1 ended, 0 left\n')
})

it('without the types of express-session a store has those that it is given', async () => {
  const compilerOptions = {
    ...{ module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2022', lib: ['ES2022'] },
    ...{ types: ['node'], strict: true, noEmit: true, skipLibCheck: true },
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['types.mts'] }),
  )
  await run(process.execPath, [compiler, '--project', folder], { cwd: folder })
})
