import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import knex, { type Knex } from 'knex'

/** A statement that reached the server. */
export interface Arrived {
  /** Which of the server's connections it came by, from 1. */
  readonly connection: number
  /** Whether it ran in a transaction that the client had begun by the protocol. */
  readonly inTransaction: boolean
  /** Everything that was sent with it. */
  readonly payload: Buffer
}

/**
 * What answers a statement: the number of rows, or an error of the server. It is answered when a
 * promise of it resolves.
 */
export type Answer = (statement: Arrived) => void | Promise<void>

/**
 * As much of SQL Server's protocol (MS-TDS) as tedious needs to log in, send statements, keep
 * transactions and cancel. No statement is run: each is answered with nothing.
 */
export class TdsServer {
  readonly arrived: Arrived[] = []
  /** The connections on which a statement was cancelled. */
  readonly cancelled: number[] = []
  /** Whether it takes no notice of a cancel. */
  deaf = false
  readonly #answer: Answer
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #connections = 0

  constructor(answer: Answer) {
    this.#answer = answer
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      serve(socket, this.#reactions(++this.#connections))
    })
  }

  /** Statements that hold a text, by the order in which they came. */
  with(text: string): readonly Arrived[] {
    return this.arrived.filter((each) => holds(each, text))
  }

  async listen(): Promise<void> {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(undefined)))
  }

  /** A knex instance on this server. */
  connect(
    options: {
      readonly connections?: number
      readonly mapBinding?: unknown
      readonly requestTimeout?: number
    } = {},
  ): Knex {
    const { connections = 2, ...settings } = options
    const { port } = this.#server.address() as AddressInfo
    const connection = {
      server: '127.0.0.1',
      port,
      user: 'web',
      password: 'secret',
      options: { encrypt: false, ...settings },
    }
    return knex({
      client: 'mssql',
      connection: connection as unknown as Knex.StaticConnectionConfig,
      pool: { min: 0, max: connections },
      log: { warn: () => undefined },
    })
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #reactions(connection: number): Reactions {
    let running: Running = { cancelled: false }
    return {
      run: async (payload, inTransaction) => {
        const statement = { connection, inTransaction, payload }
        const own: Running = { cancelled: false }
        running = own
        this.arrived.push(statement)
        await this.#answer(statement)
        return own.cancelled ? [] : [done(0xfe, 0)]
      },
      cancel: () => {
        this.cancelled.push(connection)
        if (this.deaf) return []
        running.cancelled = true
        // The end of what was cancelled, then the answer to the cancel (MS-TDS 2.2.1.7).
        return [done(0xfe, 2), done(0xfd, 0x20)]
      },
    }
  }
}

/** Whether a statement's text or bindings hold a text. */
export function holds({ payload }: Arrived, text: string): boolean {
  return payload.includes(Buffer.from(text, 'utf16le'))
}

interface Running {
  cancelled: boolean
}

/** What a client's messages lead to: the messages to answer with. */
interface Reactions {
  run(payload: Buffer, inTransaction: boolean): Promise<readonly Buffer[]>
  cancel(): readonly Buffer[]
}

const packet = {
  batch: 1,
  rpc: 3,
  answer: 4,
  attention: 6,
  transaction: 14,
  login: 16,
  prelogin: 18,
}

function serve(socket: Socket, reactions: Reactions): void {
  let received = Buffer.alloc(0)
  let message = Buffer.alloc(0)
  const send = (messages: readonly Buffer[]) => {
    for (const each of messages) if (!socket.destroyed) socket.write(packetOf(each))
  }
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= 8 && received.length >= received.readUInt16BE(2)) {
      const length = received.readUInt16BE(2)
      const [type, isLast] = [received.readUInt8(0), (received.readUInt8(1) & 1) === 1]
      message = Buffer.concat([message, received.subarray(8, length)])
      received = received.subarray(length)
      if (!isLast) continue
      const complete = message
      message = Buffer.alloc(0)
      if (type === packet.prelogin) send([prelogin])
      else if (type === packet.login) send([Buffer.concat([collation, loginAck, done(0xfd, 0)])])
      else if (type === packet.batch) send([done(0xfd, 0)])
      else if (type === packet.transaction) send([transactionAnswer(complete)])
      else if (type === packet.attention) send(reactions.cancel())
      else
        void reactions
          .run(
            complete,
            complete.subarray(10, 18).some((byte) => byte !== 0),
          )
          .then(send)
    }
  })
}

function packetOf(payload: Buffer): Buffer {
  const header = Buffer.from([packet.answer, 1, 0, 0, 0, 0, 1, 0])
  header.writeUInt16BE(8 + payload.length, 2)
  return Buffer.concat([header, payload])
}

/** Version 16 and no encryption. */
const prelogin = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, 2])

/** SQL_Latin1_General_CP1_CI_AS, the collation of the database. */
const collation = token(0xe3, Buffer.from([7, 5, 0x09, 0x04, 0xd0, 0x00, 0x34, 0]))

/** TDS 7.4. */
const loginAck = token(0xad, Buffer.from([1, 0x74, 0, 0, 4, 1, 0x53, 0, 16, 0, 0, 0]))

function token(type: number, content: Buffer): Buffer {
  const head = Buffer.from([type, 0, 0])
  head.writeUInt16LE(content.length, 1)
  return Buffer.concat([head, content])
}

/** DONE (0xfd) or DONEPROC (0xfe). */
function done(type: number, status: number): Buffer {
  const content = Buffer.alloc(13)
  content.writeUInt8(type, 0)
  content.writeUInt16LE(status, 1)
  return content
}

const descriptor = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])

/**
 * To begin (5), commit (7) and roll back (8): the change of the transaction's descriptor, and that
 * it is done.
 */
function transactionAnswer(request: Buffer): Buffer {
  const kind = request.readUInt16LE(22)
  const change = kind === 5 ? [8, 8, ...descriptor, 0] : [kind === 7 ? 9 : 10, 0, 8, ...descriptor]
  return Buffer.concat([token(0xe3, Buffer.from(change)), done(0xfd, 0)])
}
