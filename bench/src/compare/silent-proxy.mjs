import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/**
 * A way to a server that can go silent, as one behind a firewall that drops packets: connections are
 * taken, and nothing is handed on.
 * @param {string} url of the server
 */
export async function silentProxy(url) {
  const target = new URL(url)
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  let silent = false
  const keep = (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }
  const listener = createServer((socket) => {
    keep(socket)
    if (silent) return
    const through = connect(Number(target.port), target.hostname)
    keep(through)
    socket.on('close', () => through.destroy())
    through.on('close', () => socket.destroy())
    socket.pipe(through).pipe(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const way = new URL(target)
  way.port = String(/** @type {import('node:net').AddressInfo} */ (listener.address()).port)
  return {
    url: way.href,
    silence() {
      silent = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}
