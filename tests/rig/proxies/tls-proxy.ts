import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, rmSync } from 'node:fs'
import { createServer, type Server as Listener, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { connect } from 'node:net'
import { unprivileged } from '../../../scripts/servers/account.mjs'
import { temporaryFolder } from '../../../scripts/servers/process.mjs'
import type { Server } from '../../../scripts/servers/process.mjs'
import { program } from '../../../scripts/servers/program.mjs'

/** A key and a certificate that it signs itself, which database servers may read. */
export interface Certificate {
  readonly key: string
  readonly cert: string
  remove(): void
}

/** Makes a {@link Certificate} for `localhost`, for a server that runs as one of the accounts. */
export function selfSigned(account: string): Certificate {
  const owner = unprivileged(account)
  const folder = temporaryFolder(owner)
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
  ]
  execFileSync(program('openssl', 'openssl'), [...request, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  chmodSync(key, 0o600)
  for (const file of [key, cert])
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(file, owner.uid, owner.gid)
  return { key, cert, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * A way to a server that can break connections while they are being made, as a server that dies
 * does.
 */
export class CuttingProxy {
  readonly #server: Server
  readonly #listener: Listener
  readonly #sockets = new Set<Socket>()
  #packets = Infinity
  #byReset = false
  #cuts = 0
  #onCut = (): void => undefined

  constructor(server: Server) {
    this.#server = server
    this.#listener = createServer((socket) => this.#accept(socket))
  }

  async listen(): Promise<string> {
    this.#listener.listen(0, '127.0.0.1')
    await once(this.#listener, 'listening')
    const url = new URL(this.#server.url)
    url.port = String((this.#listener.address() as { port: number }).port)
    return url.href
  }

  /**
   * Breaks every connection, and each further one instead of passing on its packet of that number,
   * by a reset or an orderly end.
   */
  cut(packets: number, byReset: boolean): void {
    this.#packets = packets
    this.#byReset = byReset
    this.#cuts = 0
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Resolves when that many connections have been broken while they were being made. */
  async hasCut(connections: number): Promise<void> {
    while (this.#cuts < connections) await new Promise<void>((resolve) => (this.#onCut = resolve))
  }

  mend(): void {
    this.#packets = Infinity
  }

  close(): void {
    this.#listener.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(socket: Socket): void {
    const server = connect(this.#server.port, '127.0.0.1')
    for (const [one, other] of [
      [socket, server],
      [server, socket],
    ] as const) {
      this.#sockets.add(one)
      one
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
    }
    server.pipe(socket)
    let packets = 0
    socket.on('data', (data) => {
      if (++packets < this.#packets) server.write(data)
      else this.#break(socket, server)
    })
  }

  #break(socket: Socket, server: Socket): void {
    this.#cuts++
    server.destroy()
    if (this.#byReset) socket.resetAndDestroy()
    else socket.destroy()
    this.#onCut()
  }
}
