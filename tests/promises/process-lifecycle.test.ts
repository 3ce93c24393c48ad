import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// What becomes of a whole process shows only in one of its own, which loads the built packages:
// `npm test` builds them first.
const packages = join(__dirname, '..')

interface Ending {
  readonly code: number
  readonly lines: readonly string[]
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'knex-session-process-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

/**
 * Runs a program in an empty folder to its end; one that does not end by itself is killed, and the
 * code is then -1.
 */
async function run(program: string): Promise<Ending> {
  const code = `
    const { createRequire } = require('node:module')
    const load = createRequire(${JSON.stringify(join(packages, 'index.js'))})
    const createKnex = load('knex')
    const { KnexSessionStore } = load('@knex-session/core')
    for (const name of ['sqlite', 'postgres']) load('@knex-session/dialect-' + name)
    const session = { cookie: { originalMaxAge: 60000, expires: new Date(Date.now() + 60000).toISOString() }, user: 'ann' }
    const silent = { warn() {}, error() {}, deprecate() {}, debug() {} }
    const nowhere = () => createKnex({ client: 'pg', connection: { host: '127.0.0.1', port: 1, user: 'nobody' }, log: silent })
    ${program}`
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: 15_000 }
    execFile(
      process.execPath,
      ['--unhandled-rejections=strict', '--eval', code],
      options,
      (error, stdout, stderr) => {
        const ended = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code: ended, lines: `${stdout}${stderr}`.split('\n').filter(Boolean) })
      },
    )
  })
}

describe('a process with a store', () => {
  it('ends by itself, in spite of its timer and its embedded database', async () => {
    const ending = await run(`
      const store = new KnexSessionStore({ cleanupInterval: 1000 })
      store.set('sid', session, () => store.get('sid', (error, found) => console.log(error, found.user)))`)
    expect(ending).toEqual({ code: 0, lines: ['null ann'] })
  })

  it('ends by itself while the database is away', async () => {
    const ending = await run(`
      const knex = nowhere()
      new KnexSessionStore({ knex, timeout: 300 }).get('sid', (error) => console.log(error.code))`)
    expect(ending.code).toBe(0)
    expect(ending.lines).toHaveLength(1)
    expect(ending.lines[0]).toMatch(/^ERR_(?:CONNECTION|TIMEOUT)$/)
  })

  it.each([10_000, 0])(
    'ends at once while the database is away, when nobody called: with a timeout of %s ms',
    async (timeout) => {
      const ending = await run(`
      const started = performance.now()
      new KnexSessionStore({ knex: nowhere(), timeout: ${String(timeout)}, cleanupInterval: 10, onOutage() {} })
      process.on('exit', () => console.log(performance.now() - started < 3_000))`)
      expect(ending).toEqual({ code: 0, lines: ['true'] })
    },
  )

  it('hears on the console of a failed call that nobody hears of, as `session.destroy()` has it, and of no other', async () => {
    const ending = await run(`
      const store = new KnexSessionStore({ knex: nowhere(), timeout: 200 })
      for (const call of ['get', 'touch', 'set']) store[call]('the sid', session)?.catch(() => undefined)
      store.destroy('the sid').catch(() => undefined)
      store.destroy('the sid', () => undefined)
      // As express-session calls it for \`req.session.destroy()\`.
      store.destroy('the sid', undefined)`)
    expect(ending.code).toBe(0)
    expect(ending.lines).toHaveLength(1)
    expect(ending.lines[0]).toMatch(/^\[knex-session\] .*\(nobody heard of it: .+\)$/)
    expect(ending.lines[0]).not.toContain('the sid')
  })

  it('survives a database that is away: whoever asks is told, and nothing is rejected unheard', async () => {
    const ending = await run(`
      const store = new KnexSessionStore({ knex: nowhere(), timeout: 100, cleanupInterval: 20, onCleanupError: (error) => counted.add(error.code) })
      const counted = new Set()
      for (const call of ['ready', 'options']) void store[call]
      store.set('sid', session)?.catch(() => undefined)
      store.get('sid', () => undefined)
      store.set('sid', session, () => undefined)
      store.touch('sid', session, undefined)?.catch(() => undefined)
      store.destroy('sid', () => undefined)
      // As express-session calls it for \`req.session.destroy()\`.
      store.destroy('sid', undefined)
      for (const method of ['all', 'length', 'clear', 'prune']) store[method](() => undefined)
      setTimeout(() => store.close(() => console.log('alive', counted.size > 0)), 600)`)
    expect(ending.code).toBe(0)
    expect(ending.lines).toHaveLength(2)
    expect(ending.lines).toContain('alive true')
  })

  it('hears of an error in a callback of the application, and calls it once', async () => {
    const ending = await run(`
      const store = new KnexSessionStore()
      process.on('uncaughtException', (error) => console.log('uncaught', error.message))
      let calls = 0
      for (const call of [(done) => store.get('sid', done), (done) => store.get(5, done), (done) => store.set('sid', session, done)]) {
        call(() => { throw new Error('of the application ' + ++calls) })
      }`)
    expect(ending.code).toBe(0)
    expect([...ending.lines].sort()).toEqual(
      [1, 2, 3].map((call) => `uncaught of the application ${String(call)}`),
    )
  })
})

describe('a driver of SQLite that ends the process without a word', () => {
  it.each(['mjs', 'cjs'])('is told of before, with what to do: in a .%s', async (extension) => {
    const driver = join(folder, 'node_modules', 'better-sqlite3')
    mkdirSync(driver, { recursive: true })
    const manifest = { name: 'better-sqlite3', version: '99.0.0', engines: { node: '>=99' } }
    writeFileSync(join(driver, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(driver, 'index.js'), `process.kill(process.pid, 'SIGKILL')`)
    const built = join(packages, 'node_modules', '@knex-session', 'dialect-sqlite', 'dist')
    const [esm, cjs] = ['esm', 'cjs'].map((kind) => join(built, kind, 'index.js'))
    const program = join(folder, `application.${extension}`)
    const load =
      extension === 'mjs'
        ? `import '${pathToFileURL(String(esm)).href}'\nimport 'better-sqlite3'`
        : `require(${JSON.stringify(cjs)})\nrequire('better-sqlite3')`
    writeFileSync(program, load)
    const said = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [program], (error, stdout, stderr) => {
        if (error?.signal === 'SIGKILL') resolve(`${stdout}${stderr}`)
        else reject(new Error(`the driver did not end the process: ${stderr}`))
      })
    })
    expect(said).toMatch(
      /^\[knex-session\] \[sqlite\] better-sqlite3 99\.0\.0 needs Node\.js 99 or newer .*: install `better-sqlite3@12`, or a newer Node\.js\nSee /,
    )
  })
})
