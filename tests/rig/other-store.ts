import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { SessionData } from 'express-session'
import { root } from '../../scripts/steps/step.mjs'

/** Far from the time zone of the databases in servers/places.ts, and from UTC. */
const TZ = 'America/New_York'

interface Answer {
  readonly id: unknown
  readonly result?: unknown
  readonly error?: string
}

/** The store of another package, in a process of another time zone. */
export class OtherStore {
  readonly #process: ChildProcess
  #calls = 0

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  static async start(name: string, connection: string): Promise<OtherStore> {
    const file = join(root, 'tests/rig/other-store-process.mjs')
    const store = new OtherStore(
      fork(file, [name, connection], { env: { ...process.env, TZ }, execArgv: [] }),
    )
    expect(await store.#answer('ready')).toBe(300)
    return store
  }

  get(sid: string): Promise<SessionData | null> {
    return this.#call('get', sid) as Promise<SessionData | null>
  }

  async set(sid: string, session: SessionData): Promise<void> {
    await this.#call('set', sid, session)
  }

  async touch(sid: string, session: SessionData): Promise<void> {
    await this.#call('touch', sid, session)
  }

  async destroy(sid: string): Promise<void> {
    await this.#call('destroy', sid)
  }

  async prune(): Promise<void> {
    await this.#call('prune')
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    if (this.#process.connected) this.#process.disconnect()
    await ended
  }

  #call(method: string, sid?: string, session?: SessionData): Promise<unknown> {
    const id = ++this.#calls
    const answer = this.#answer(id)
    this.#process.send({ id, method, sid, session })
    return answer
  }

  #answer(id: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const listen = (answer: Answer) => {
        if (answer.id !== id) return
        this.#process.off('message', listen).off('exit', exited)
        if (answer.error === undefined) resolve(answer.result)
        else reject(new Error(answer.error))
      }
      const exited = () => {
        reject(new Error('the other process ended'))
      }
      this.#process.on('message', listen).once('exit', exited)
    })
  }
}
