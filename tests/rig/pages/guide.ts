import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { blocksOf } from '../../../scripts/docs/markdown.mjs'
import { freePort } from '../../../scripts/servers/port.mjs'
import { folderWithPackages, startApp } from './app.js'

/** What blocks of a guide may take for granted, as a module: the table is one of the test's own. */
const given = `
import '@knex-session/dialect-postgres'
import { KnexSessionStore } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import createKnex from 'knex'

export const app = express()
export const knex = createKnex({
  client: 'pg',
  connection: process.env.DATABASE_URL,
  log: { warn() {}, error() {} },
})
`

const givenStore = `
import { KnexSessionStore } from '@knex-session/core'
import session from 'express-session'
import { app, knex } from './given.mjs'

export const store = new KnexSessionStore({ knex, userId: (session) => session.userId })
app.use(session({ store, secret: 'of a test', resave: false, saveUninitialized: false }))
app.post('/login/:user', (request, response) => {
  request.session.userId = request.params.user
  response.json({})
})
app.get('/user', (request, response) => response.json({ user: request.session.userId ?? null }))
`

/** A page of docs/guides whose code runs in a folder of its own, on a PostgreSQL. */
export class Guide {
  readonly #folder = folderWithPackages()
  readonly #url: string
  readonly #blocks: readonly { readonly marker?: string; readonly code: string }[]

  constructor(page: string, url: string) {
    this.#url = url
    this.#blocks = blocksOf(`docs/guides/${page}`)
    this.#write('given.mjs', given)
    this.#write('given-store.mjs', givenStore)
    for (const [index, block] of this.#blocks.entries()) {
      const { marker = '', code } = block
      const [kind, names = ''] = marker.split(': ')
      if (kind === 'file') this.#write(names, code)
      if (kind !== 'given') continue
      const imports = names
        .split(', ')
        .map((name) => {
          const from = name === 'store' ? './given-store.mjs' : './given.mjs'
          return `import { ${name} } from '${from}'`
        })
        .join('\n')
      this.#write(`block-${String(index + 1)}.mjs`, `${imports}\n${code}`)
    }
  }

  /** Runs the first block as an application; `url` is where it answers. */
  async serve(): Promise<{ readonly url: string; end(): Promise<void> }> {
    this.#write(
      'app.mjs',
      `import './block-1.mjs'\nimport { app } from './given.mjs'\napp.listen(Number(process.env.PORT), '127.0.0.1')`,
    )
    const port = await freePort()
    const stop = await startApp(this.#folder, port, { DATABASE_URL: this.#url })
    const end = async () => {
      await stop()
    }
    return { url: `http://127.0.0.1:${String(port)}`, end }
  }

  /** Runs a program that may import the blocks and files of the page; gives what it prints. */
  async run(program: string): Promise<string> {
    this.#write('program.mjs', program)
    const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], {
      cwd: this.#folder,
      env: { ...process.env, DATABASE_URL: this.#url },
    })
    return stdout.trim()
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text)
  }
}
