import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDemo } from '../src/server.mjs'
import { Browser } from './browser.js'

/** How long the database is taken away in tests, in ms. */
const outage = 400

/** A demo for a test, on a file of its own. */
export class Rig {
  readonly #folder: string
  #demo: Awaited<ReturnType<typeof startDemo>>

  private constructor(folder: string, demo: Rig['demo']) {
    this.#folder = folder
    this.#demo = demo
  }

  static async start(): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'knex-session-demo-'))
    return new Rig(folder, await startDemo({ port: 0, file: join(folder, 'demo.sqlite'), outage }))
  }

  get file(): string {
    return join(this.#folder, 'demo.sqlite')
  }

  get demo(): Awaited<ReturnType<typeof startDemo>> {
    return this.#demo
  }

  get url(): string {
    return this.#demo.url
  }

  /** Stops the demo and starts it again. */
  async restart({ port = 0, secret }: { port?: number; secret?: string } = {}): Promise<void> {
    await this.#demo.close()
    this.#demo = await startDemo({ port, file: this.file, secret, outage })
  }

  async end(): Promise<void> {
    await this.#demo.close()
    await rm(this.#folder, { recursive: true })
  }

  /** A browser that is logged in, and has seen the page that it was led to. */
  async loggedIn(user: 'ann' | 'bea', userAgent?: string): Promise<Browser> {
    const browser = new Browser(userAgent)
    expect(await browser.post(`${this.url}/login`, { user })).toMatchObject({
      status: 303,
      location: '/',
    })
    await browser.get(this.url)
    return browser
  }
}
