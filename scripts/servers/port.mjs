import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** @returns {Promise<number>} a port of 127.0.0.1 that nobody listens on */
export const freePort = async () => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/**
 * Whether the port takes a connection now.
 * @param {number} port
 * @param {{ greets?: boolean }} [options] `greets`: the server speaks first, so only its first byte
 * counts
 * @returns {Promise<boolean>}
 */
export const answers = (port, { greets = false } = {}) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (/** @type {boolean} */ answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(500, () => settle(false))
    socket.once('error', () => settle(false))
    socket.once('end', () => settle(false))
    socket.once(greets ? 'data' : 'connect', () => settle(true))
  })
