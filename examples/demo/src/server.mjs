import { once } from 'node:events'
import { createServer } from 'node:http'
import { demoApp } from './app.mjs'
import { LivePages } from './live.mjs'
import { keptSecret } from './secret.mjs'
import { openSessions } from './sessions.mjs'

/** How long a close waits for requests that are being answered, in ms. */
const grace = 1_000

/**
 * Opens the sessions and listens on 127.0.0.1. Rejects, with everything closed again, when either
 * is not possible.
 * @param {object} options
 * @param {number} options.port
 * @param {string} options.file
 * @param {string | undefined} [options.secret] signs the cookies. Default: one kept beside the file
 * @param {number} [options.outage] how long the database can be taken away, in ms
 */
export const startDemo = async ({ port, file, secret, outage = 3_000 }) => {
  const { store, close: closeSessions } = await openSessions(file)
  const live = new LivePages()
  let server
  try {
    // After the sessions: a file that cannot be used gets no secret beside it.
    const signs = secret ?? (await keptSecret(file))
    server = createServer(demoApp({ store, live, secret: signs, file, outage }))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch (error) {
    await closeSessions()
    throw error
  }

  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    live.close()
    // A browser may hold a connection open that it has sent nothing on yet.
    const timer = setTimeout(() => server.closeAllConnections(), grace)
    await closed
    clearTimeout(timer)
    await closeSessions()
  }

  const { port: listening } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { url: `http://127.0.0.1:${listening}`, close }
}
