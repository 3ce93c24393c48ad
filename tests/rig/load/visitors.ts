import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/**
 * Browsers, each of which asks an application for one page after the other and keeps its cookie,
 * until there is no answer any more.
 */
export class Visitors {
  /** What each session's visitor was last told that it holds. */
  readonly acknowledged = new Map<string, number>()
  /** Answers, by their status. */
  readonly answers: Record<string, number> = {}
  /** How the connection ended that had no answer, by its code. */
  readonly refusals: Record<string, number> = {}
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true })
  readonly #running: readonly Promise<void>[]

  constructor(port: number, visitors: number) {
    this.#port = port
    this.#running = Array.from({ length: visitors }, () => this.#visit())
  }

  /** Resolves when the application has refused every one of them. */
  async gone(): Promise<void> {
    await Promise.all(this.#running)
    this.#agent.destroy()
  }

  async #visit(): Promise<void> {
    let cookie = ''
    for (;;) {
      try {
        const request = get({
          port: this.#port,
          host: '127.0.0.1',
          agent: this.#agent,
          headers: { cookie },
        })
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        const { sid, views } = JSON.parse(await text(response)) as { sid: string; views: number }
        cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie
        count(this.answers, String(response.statusCode))
        this.acknowledged.set(sid, views)
      } catch (error) {
        count(this.refusals, String((error as { code?: unknown }).code))
        return
      }
    }
  }
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}
