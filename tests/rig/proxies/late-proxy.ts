import { once } from 'node:events'
import { connect, createServer, type Server as Listener, type Socket } from 'node:net'

interface Way {
  readonly socket: Socket
  readonly through: Socket
  /** Whether the client has sent something that the server has not answered. */
  waits: boolean
}

/**
 * A way to a server on which a connection can break only for the client, while what it has sent is
 * still on its way.
 */
export class LateProxy {
  readonly #server: URL
  readonly #listener: Listener
  readonly #ways = new Set<Way>()
  #keeps: 'broken' | 'silent' | undefined
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

  /**
   * What is sent next is kept back, and the connection is broken for the client, or does not answer
   * it.
   */
  keepBack(connection: 'broken' | 'silent'): void {
    this.#keeps = connection
  }

  /**
   * Hands what was kept back to the server; resolves to whether it has answered, rather than closed
   * the connection before or then.
   */
  async deliver(): Promise<boolean> {
    if (!this.#late) throw new Error('nothing was kept back')
    const { through, sent } = this.#late
    this.#late = undefined
    if (through.destroyed) return false
    // Not `once` of node:events, which rejects where the server resets the connection.
    const result = await new Promise<boolean>((resolve) => {
      through.once('data', () => resolve(true)).once('close', () => resolve(false))
      through.write(sent)
    })
    through.destroy()
    return result
  }

  /**
   * Breaks the connections of clients that wait for an answer, only for them; resolves when the
   * server has closed its ends.
   */
  async breakWaiting(): Promise<void> {
    const waiting = [...this.#ways].filter(({ waits }) => waits)
    if (waiting.length === 0) throw new Error('nobody waits for an answer')
    const closed = waiting.map(
      ({ through }) => new Promise((resolve) => through.once('close', resolve)),
    )
    for (const { socket } of waiting) socket.destroy()
    await Promise.all(closed)
  }

  async close(): Promise<void> {
    for (const { socket, through } of this.#ways) {
      socket.destroy()
      through.destroy()
    }
    this.#listener.close()
    await once(this.#listener, 'close')
  }

  #accept(socket: Socket): void {
    const through = connect(Number(this.#server.port), this.#server.hostname)
    const way: Way = { socket, through, waits: false }
    this.#ways.add(way)
    for (const each of [socket, through]) each.on('error', () => undefined)
    through.on('data', (answer) => {
      way.waits = false
      if (!socket.destroyed) socket.write(answer)
    })
    through.on('close', () => {
      this.#ways.delete(way)
      socket.destroy()
    })
    socket.on('close', () => way.waits || through.destroy())
    socket.on('data', (sent: Buffer) => this.#hand(sent, way))
  }

  #hand(sent: Buffer, way: Way): void {
    way.waits = true
    if (this.#keeps === undefined) {
      way.through.write(sent)
      return
    }
    this.#late = { through: way.through, sent }
    if (this.#keeps === 'broken') way.socket.destroy()
    this.#keeps = undefined
  }
}
