import { once } from 'node:events'
import { connect, createServer, type Server as Listener, type Socket } from 'node:net'

/** A way to a server that can go silent, as one behind a firewall that drops packets. */
export class SilentProxy {
  readonly #target: URL
  readonly #listener: Listener
  readonly #sockets = new Set<Socket>()
  #silent = false

  private constructor(url: string) {
    this.#target = new URL(url)
    this.#listener = createServer((socket) => this.#accept(socket))
  }

  /** A way to the server of this URL. */
  static async before(url: string): Promise<SilentProxy> {
    const proxy = new SilentProxy(url)
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

  /** From now on connections are taken, and nothing is handed on. */
  silence(): void {
    this.#silent = true
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  /** New connections work again; those of before stay silent for ever. */
  recover(): void {
    this.#silent = false
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#listener.close()
    await once(this.#listener, 'close')
  }

  #accept(socket: Socket): void {
    this.#keep(socket)
    if (this.#silent) return
    const through = connect(Number(this.#target.port), this.#target.hostname)
    this.#keep(through)
    socket.on('close', () => through.destroy())
    through.on('close', () => socket.destroy())
    socket.pipe(through).pipe(socket)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
  }
}
