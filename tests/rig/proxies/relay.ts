import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** The way to a server, which can be closed and opened again on the same port. */
export interface Relay {
  /** The server's URL by this way. */
  readonly url: string
  close(): Promise<void>
  open(): Promise<void>
}

/** A way to the server of this URL. */
export async function relayTo(url: string): Promise<Relay> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    const through = connect(Number(target.port), target.hostname)
    for (const each of [socket, through]) sockets.add(each.on('error', () => undefined))
    socket.on('close', () => through.destroy())
    through.on('close', () => socket.destroy())
    socket.pipe(through).pipe(socket)
  })
  const listen = async (port: number) => {
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
  }
  await listen(0)
  const { port } = listener.address() as { port: number }
  const way = new URL(url)
  way.hostname = '127.0.0.1'
  way.port = String(port)
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    listener.close()
    await once(listener, 'close')
  }
  return { url: way.href, close, open: () => listen(port) }
}
