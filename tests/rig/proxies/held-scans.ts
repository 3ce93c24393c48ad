import { once } from 'node:events'
import { connect, createServer, type Server as Listener, type Socket } from 'node:net'

/** A way to a Redis server on which a step through the keys can be kept back. */
export class HeldScans {
  readonly #target: URL
  readonly #listener: Listener
  readonly #sockets = new Set<Socket>()
  #left = Infinity
  #held: (() => void) | undefined
  #onHeld: (() => void) | undefined

  private constructor(url: string) {
    this.#target = new URL(url)
    this.#listener = createServer((socket) => this.#accept(socket))
  }

  /** A way to the server of this URL. */
  static async before(url: string): Promise<HeldScans> {
    const proxy = new HeldScans(url)
    proxy.#listener.listen(0, '127.0.0.1')
    await once(proxy.#listener, 'listening')
    return proxy
  }

  /** The server's URL by this way. */
  get url(): string {
    const url = new URL(this.#target)
    url.port = String((this.#listener.address() as { port: number }).port)
    return url.href
  }

  /** Keeps back the step that comes after so many; resolves when it has come. */
  holdAfter(steps: number): Promise<void> {
    this.#left = steps
    return new Promise((resolve) => (this.#onHeld = resolve))
  }

  release(): void {
    this.#held?.()
    this.#held = undefined
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#listener.close()
    await once(this.#listener, 'close')
  }

  #accept(socket: Socket): void {
    const through = connect(Number(this.#target.port), this.#target.hostname)
    for (const each of [socket, through]) {
      this.#sockets.add(each)
      each.on('error', () => undefined).on('close', () => this.#sockets.delete(each))
    }
    socket.on('close', () => through.destroy())
    through.on('close', () => socket.destroy())
    through.pipe(socket)
    socket.on('data', (sent) => {
      const isHeld = sent.includes('SCAN') && this.#left-- === 0
      if (!isHeld) through.write(sent)
      else {
        this.#held = () => through.write(sent)
        this.#onHeld?.()
      }
    })
  }
}
