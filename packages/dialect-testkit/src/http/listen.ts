import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'

/** An app that takes requests. */
export interface Listening {
  /** For example `http://127.0.0.1:40123`. */
  readonly url: string
  close(): Promise<void>
}

/** Has an app listen on a free port of 127.0.0.1. */
export async function listen(app: Express): Promise<Listening> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { url: `http://127.0.0.1:${String(port)}`, close }
}
