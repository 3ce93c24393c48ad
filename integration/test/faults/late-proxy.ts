import { once } from 'node:events'
import { connect, createServer, type Server as Listener, type Socket } from 'node:net'

/** A way to a server on which a connection can break for the client alone, while what it has sent is still on its way. */
export class LateProxy {
  readonly #server: URL
  readonly #listener: Listener
  readonly #sockets = new Set<Socket>()
  #cuts = false
  #late: { readonly through: Socket; readonly sent: Buffer } | undefined

  private constructor(server: URL) {
    this.#server = server
    this.#listener = createServer((socket) => this.#accept(socket))
  }

  static async before(url: string): Promise<LateProxy> {
    const proxy = new LateProxy(new URL(url))
    proxy.#listener.listen(0, '127.0.0.1')
    await once(proxy.#listener, 'listening')
    return proxy
  }

  /** The server's URL by this way. */
  get url(): string {
    const url = new URL(this.#server)
    url.port = String((this.#listener.address() as { port: number }).port)
    return url.href
  }

  /** The client that sends something next is cut off, and what it has sent is kept back. */
  cut(): void {
    this.#cuts = true
  }

  /** Hands what was kept back to the server; resolves to whether it has answered, rather than closed the connection before or then. */
  async deliver(): Promise<boolean> {
    if (!this.#late) throw new Error('nothing was kept back')
    const { through, sent } = this.#late
    this.#late = undefined
    if (through.destroyed) return false
    const answered = once(through, 'data').then(() => true)
    const closed = once(through, 'close').then(() => false)
    through.write(sent)
    const result = await Promise.race([answered, closed])
    through.destroy()
    return result
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#listener.close()
    await once(this.#listener, 'close')
  }

  #accept(socket: Socket): void {
    const through = connect(Number(this.#server.port), this.#server.hostname)
    this.#keep(socket)
    this.#keep(through)
    through.on('data', (answer) => socket.destroyed || socket.write(answer))
    through.on('close', () => socket.destroy())
    socket.on('close', () => this.#late?.through === through || through.destroy())
    socket.on('data', (sent: Buffer) => {
      if (!this.#cuts) {
        through.write(sent)
        return
      }
      this.#cuts = false
      this.#late = { through, sent }
      socket.destroy()
    })
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
  }
}
