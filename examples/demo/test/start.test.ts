import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readOptions } from '../src/options.mjs'
import { startDemo } from '../src/server.mjs'

describe('the options', () => {
  it('are port 3000 and a file where the user is', () => {
    expect(readOptions([], { INIT_CWD: '/home/ann' })).toMatchObject({
      port: 3000,
      file: resolve('/home/ann/knex-session-demo.sqlite'),
    })
  })

  it('take PORT and SESSION_SECRET from the environment, and --port before PORT', () => {
    const env = { PORT: '8080', SESSION_SECRET: 'secret' }
    expect(readOptions([], env)).toMatchObject({ port: 8080, secret: 'secret' })
    expect(readOptions(['--port', '9090'], env)).toMatchObject({ port: 9090 })
  })

  it('take a file that is relative to where the user is', () => {
    expect(readOptions(['--file', 'x.sqlite'], { INIT_CWD: tmpdir() }).file).toBe(
      resolve(tmpdir(), 'x.sqlite'),
    )
  })

  it.each([
    [['--prot', '1'], {}, /--prot/],
    [['stray'], {}, /stray/],
    [['--port', '65536'], {}, /--port: expected a number from 0 to 65535, got '65536'/],
    [['--port', '1e3'], {}, /--port/],
    [['--port'], {}, /--port/],
    [['--file', ''], {}, /--file/],
    [['--file', '/no/folder/x.sqlite'], {}, /--file: the folder \S+folder does not exist/],
    [[], { PORT: 'http' }, /PORT: .* got 'http'/],
  ])('%j with %j are refused by name', (args, env, message) => {
    expect(() => readOptions(args, env)).toThrow(message)
  })
})

describe('the start', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'knex-session-demo-'))
  })

  afterEach(async () => {
    jest.restoreAllMocks()
    await rm(folder, { recursive: true })
  })

  it('fails when the port is in use, and leaves the file free', async () => {
    const file = join(folder, 'demo.sqlite')
    const demo = await startDemo({ port: 0, file })
    await expect(startDemo({ port: Number(new URL(demo.url).port), file })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    await demo.close()
  })

  it('fails when the file cannot be used', async () => {
    jest.spyOn(console, 'log').mockImplementation(() => undefined) // knex's own report
    await expect(
      startDemo({ port: 0, file: join(folder, 'missing', 'demo.sqlite') }),
    ).rejects.toMatchObject({ code: 'ERR_DATABASE' })
    await expect(startDemo({ port: 0, file: folder, secret: 'secret' })).rejects.toThrow(
      /Unable to open/,
    )
  })

  it('leaves nothing beside a file that cannot be used', async () => {
    jest.spyOn(console, 'log').mockImplementation(() => undefined) // knex's own report
    const file = join(folder, 'letter.txt')
    await writeFile(file, 'Dear Sir or Madam, '.repeat(100))
    await expect(startDemo({ port: 0, file })).rejects.toMatchObject({
      databaseCode: 'SQLITE_NOTADB',
    })
    expect(await readdir(folder)).toEqual(['letter.txt'])
  })
})
