import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { KnexSessionStoreOptions } from '@knex-session/core'
import type { Knex } from 'knex'
import type { CallersOptions } from './callers.mjs'
import type { Order, Report } from './main.mjs'

const program = join(__dirname, 'main.mjs')

/** How long a call may take beyond the store's time limit before it counts as hung, in ms. */
const grace = 2_000

export interface Load {
  readonly knex: Knex.Config
  /** The servers of which the pool is to connect to the one that takes writes. */
  readonly servers?: readonly string[]
  /** With which each connection begins. */
  readonly statements?: readonly string[]
  /** Whether the pool takes no connection to a standby. Default: false. */
  readonly primaryOnly?: boolean
  /**
   * Whether the errors that the store hides are counted; its statements all go through knex then.
   * Default: false.
   */
  readonly watched?: boolean
  readonly store?: Omit<KnexSessionStoreOptions, 'knex'>
  readonly callers?: Partial<CallersOptions>
}

/** How a process ended, and the lines it printed. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly lines: readonly string[]
}

/** An application under load in a process of its own, which runs the built packages. */
export class LoadProcess {
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #answers = new Map<number, (answer: unknown) => void>()
  readonly #ended: Promise<unknown>
  #orders = 0

  private constructor(load: Load) {
    const { store = {} } = load
    const config = {
      ...load,
      store: { cleanupInterval: 0, ...store },
      callers: {
        name: 'load',
        callers: 48,
        sidsEach: 6,
        think: 10,
        timeLimit: (store.timeout ?? 10_000) + grace,
        seed: 4_711,
        ...load.callers,
      },
    }
    this.#child = fork(program, [JSON.stringify(config)], {
      silent: true,
      execArgv: ['--expose-gc'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream
        ?.setEncoding('utf8')
        .on('data', (text: string) => this.lines.push(...text.split('\n').filter(Boolean)))
    }
    this.#ended = once(this.#child, 'close')
    this.#child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
      this.#answers.get(id)?.(answer)
      this.#answers.delete(id)
    })
  }

  /** Starts the process; resolves when its store is made, whether or not the database is there. */
  static async start(load: Load): Promise<LoadProcess> {
    const process = new LoadProcess(load)
    await process.#answer(0)
    return process
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  begin(): Promise<void> {
    return this.#ask('start')
  }

  /** Stops the callers; resolves to what they saw. */
  stop(): Promise<Report> {
    return this.#ask('stop')
  }

  figures(): Promise<Report> {
    return this.#ask('figures')
  }

  /** One write and read beside the load. */
  call(): Promise<{ readonly error: string | null; readonly ms: number }> {
    return this.#ask('call')
  }

  prune(): Promise<number> {
    return this.#ask('prune')
  }

  /** Runs a statement of the application's own. */
  query(sql: string): Promise<null> {
    return this.#ask('query', sql)
  }

  /** Has queries of the application's own keep connections of its pool, until {@link free}. */
  occupy(connections: number): Promise<null> {
    return this.#ask('occupy', connections)
  }

  free(): Promise<null> {
    return this.#ask('free')
  }

  /**
   * Takes it that what is acknowledged may be lost, until the work has ended: somebody drops the
   * table.
   */
  async losing(work: () => Promise<unknown>): Promise<void> {
    await this.#ask('lose')
    await work()
    await this.#ask('keep')
  }

  /** Resolves to the figures when they are such; the test's time limit ends the wait. */
  async until(fulfilled: (report: Report) => boolean): Promise<Report> {
    for (;;) {
      const report = await this.figures()
      if (fulfilled(report)) return report
      await delay(20)
    }
  }

  /** Closes the store, whatever it is doing. */
  closeStore(): Promise<null> {
    return this.#ask('closeStore')
  }

  /**
   * Closes the store and the pool; resolves when the process has ended by itself. One that does not
   * within 10 s is killed.
   */
  async end(): Promise<Ending> {
    await this.#ask('end')
    const tooLate = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await this.#ended
    clearTimeout(tooLate)
    return { code: this.#child.exitCode, signal: this.#child.signalCode, lines: this.lines }
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async #ask<Answer>(order: Order, argument?: unknown): Promise<Answer> {
    const id = ++this.#orders
    const answer = this.#answer(id)
    this.#child.send({ order, id, argument })
    return (await answer) as Answer
  }

  async #answer(id: number): Promise<unknown> {
    const answer = new Promise((resolve) => this.#answers.set(id, resolve))
    const gone = this.#ended.then(() => {
      throw new Error(
        `the process under load is gone; it printed:\n${this.lines.slice(-40).join('\n')}`,
      )
    })
    return Promise.race([answer, gone])
  }
}
