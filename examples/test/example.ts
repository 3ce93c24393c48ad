import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const examples = join(__dirname, '..')

/** An example that runs, on an SQLite file of its own. */
export interface Example {
  readonly url: string
  readonly file: string
  /** Ends it as a process manager does; resolves to its exit code, or the signal that ended it. */
  stop(): Promise<number | string>
}

/** Starts an example in the way of its `npm start`; without npm, which hands no signal on. */
export async function start(name: string, folder: string = join(examples, name)): Promise<Example> {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  const commands = scripts.start.split(' && ').map((command) => command.split(' '))
  const data = mkdtempSync(join(tmpdir(), 'knex-session-example-'))
  const file = join(data, 'sessions.sqlite')
  const env = { ...process.env, PORT: '0', SESSION_FILE: file, NODE_ENV: 'production' }
  const launch = ([program = '', ...args]: readonly string[]): ChildProcess => {
    const script = program === 'tsc' ? [join(folder, 'node_modules/typescript/bin/tsc')] : []
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    return spawn(process.execPath, [...script, ...args], { cwd: folder, env, stdio: [...stdio] })
  }
  for (const command of commands.slice(0, -1)) {
    const [code] = (await once(launch(command), 'close')) as [number]
    if (code !== 0) throw new Error(`${command.join(' ')} of ${name} ended with ${code}`)
  }
  const child = launch(commands.at(-1) ?? [])
  const closed = once(child, 'close') as Promise<[number | null, string]>
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
      if (found !== undefined) resolve(found)
    })
    void closed.then(([code]) => reject(new Error(`${name} ended with ${String(code)}`)))
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const [code, signal] = await closed
    rmSync(data, { recursive: true, force: true })
    return code ?? signal
  }
  return { url, file, stop }
}

/** Sends requests and keeps the cookies, as a browser does. */
export class Client {
  readonly #url: string
  readonly #cookies = new Map<string, string>()

  constructor(url: string) {
    this.#url = url
  }

  get cookie(): string {
    return Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ')
  }

  /** What the cookies hold besides the signature: another one after a log-in. */
  async send(method: string, path: string, body?: URLSearchParams): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { cookie: this.cookie, connection: 'close' },
      ...(body && { body }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`)
    return response.json()
  }
}
