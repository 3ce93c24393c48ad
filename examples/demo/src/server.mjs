import { once } from 'node:events'
import { createServer } from 'node:http'
import { demoApp } from './app.mjs'
import { keptSecret } from './secret.mjs'
import { openSessions } from './sessions.mjs'

/** How long a close waits for requests that are being answered, in ms. */
const grace = 1_000

/**
 * Opens the sessions and listens on 127.0.0.1. Rejects, with everything closed again, when either
 * is not possible.
 * @param {{ port: number, file: string, secret?: string | undefined }} options
 */
export const startDemo = async ({ port, file, secret }) => {
  const sessions = await openSessions(file)
  let server
  try {
    // After the sessions: a file that cannot be used gets no secret beside it.
    server = createServer(demoApp({ sessions, secret: secret ?? (await keptSecret(file)) }))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch (error) {
    await sessions.close()
    throw error
  }

  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    // A browser may hold a connection open that it has sent nothing on yet.
    const timer = setTimeout(() => server.closeAllConnections(), grace)
    await closed
    clearTimeout(timer)
    await sessions.close()
  }

  const { port: listening } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { url: `http://127.0.0.1:${listening}`, close }
}
