/** The part of a request of tedious that is used. */
export interface Request {
  once(event: 'requestCompleted', listener: () => void): unknown
  /** What tedious itself ends a request with. */
  callback(error: Error): void
}

/** The part of a connection of tedious that requests are sent and cancelled by. */
export interface Connection {
  /** The request under way. */
  readonly request?: Request
  readonly inTransaction?: boolean
  execSql(request: Request): void
  /**
   * Sends an attention for the request under way; false where there is none, or it has been
   * cancelled.
   */
  cancel(): boolean
}

/** What stores have sent. On the connection of a transaction a request may be the application's. */
const sent = new WeakSet<Request>()

/** What stores have to send yet, oldest first. */
const lines = new WeakMap<Connection, Request[]>()

/** Sends a request at once. */
export function send(request: Request, connection: Connection): void {
  sent.add(request)
  connection.execSql(request)
}

/**
 * Sends a request when those before it have ended, the application's too: tedious takes one at a
 * time, and refuses the rest (`EINVALIDSTATE`). It is not sent where the transaction has ended
 * meanwhile: the connection is about to be anybody's.
 */
export function sendInTurn(request: Request, connection: Connection): void {
  const busy = connection.request
  if (busy === undefined) {
    send(request, connection)
    return
  }
  const line = lines.get(connection)
  if (line !== undefined && line.length > 0) {
    line.push(request)
    return
  }
  const begun = [request]
  lines.set(connection, begun)
  sendNextAfter(busy, begun, connection)
}

/**
 * Cancels what a store asked for first of all that has not ended on a connection: nothing else can
 * be late. What waits is taken out of its line, and a request of the application's stays as it is.
 */
export function cancelOldest(connection: Connection): void {
  const { request } = connection
  if (request === undefined || sent.has(request)) connection.cancel()
  else lines.get(connection)?.shift()?.callback(refusal('ECANCEL', 'Canceled.'))
}

/** An error as tedious gives it for a request that was not sent. */
function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** tedious has no event for a connection that is free again; the end of its request is that. */
function sendNextAfter(busy: Request, line: Request[], connection: Connection): void {
  busy.once('requestCompleted', () => {
    if (connection.inTransaction !== true) {
      for (const request of line.splice(0))
        request.callback(
          refusal('EINVALIDSTATE', 'The transaction ended before the request was sent.'),
        )
      return
    }
    // A listener before this one may have sent something.
    if (connection.request === undefined) {
      const next = line.shift()
      if (next !== undefined) send(next, connection)
    }
    if (line.length > 0 && connection.request !== undefined)
      sendNextAfter(connection.request, line, connection)
  })
}
