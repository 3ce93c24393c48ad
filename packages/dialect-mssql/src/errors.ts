import type { ErrorKind } from '@knex-session/core/dialect'

/** The number that `upsert` throws by; a statement may throw numbers from 50,000. */
export const sidTaken = 52_627

/**
 * Error numbers of the server
 * (https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors).
 */
const numbers: Readonly<Partial<Record<ErrorKind, readonly number[]>>> = {
  // Out of lock resources, deadlock victim, snapshot update conflicts, no memory for the query in
  // time.
  retryable: [1204, 1205, 3960, 3961, 8645, 8651],
  // Lock timeout.
  locked: [1222],
  duplicate: [2627],
  // A predicate of a security policy that blocks the row.
  policy: [33504],
  'sid-taken': [sidTaken],
  // The one conversion of a statement's that can fail by it is that of an id, for a column of the
  // type `uniqueidentifier`.
  'sid-impossible': [8169],
  unsupported: [
    // Syntax, also near a keyword; no such function or procedure.
    102, 156, 195, 2812,
    // `output` on a table with a trigger; `readpast` in an isolation level that does not allow it.
    334, 650,
  ],
  'already-exists': [1913, 2714],
  // Babelfish has a number of its own for it.
  'missing-table': [208, 33_557_097],
  // On the table, on a column of it.
  'access-denied': [229, 230],
  connection: [
    // Transport and killed session.
    64, 121, 233, 596, 10053, 10054, 10060, 10061,
    // Shutting down, paused, starting, upgrading; database not recovered, restoring, offline, not
    // to be opened.
    6005, 17142, 18401, 921, 922, 927, 942, 4060,
    // Read-only or not the primary replica: a failover has moved the writable database.
    976, 978, 982, 983, 3906, 3908, 4221,
    // Azure SQL: reconfiguration, throttling, resource limits
    // (https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues).
    615, 10928, 10929, 40143, 40166, 40197, 40501, 40540, 40613, 42108, 42109, 49918, 49919, 49920,
  ],
}

/** Codes of tedious and of Node's sockets. */
const connectionCodes: ReadonlySet<unknown> = new Set(
  [
    ['ESOCKET', 'ETIMEOUT', 'ECLOSE', 'EINSTLOOKUP', 'ENOTOPEN', 'ECONNCLOSED'],
    [
      'ECONNREFUSED',
      'ECONNRESET',
      'ECONNABORTED',
      'ETIMEDOUT',
      'EPIPE',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ENETDOWN',
    ],
  ].flat(),
)

const kindOfNumber: ReadonlyMap<unknown, ErrorKind> = new Map(
  Object.entries(numbers).flatMap(([kind, list]) =>
    list.map((number) => [number, kind as ErrorKind] as const),
  ),
)

/**
 * What an error of tedious means. Where the server reported several (tedious gives an
 * `AggregateError`), or one error was caused by another, the first that is known decides.
 */
export function classify(error: unknown): ErrorKind {
  for (const one of withNested(error)) {
    if (isOfAnotherKey(one)) return 'sid-taken'
    const kind = kindOfNumber.get(one['number']) ?? kindOfCode(one)
    if (kind !== undefined) return kind
  }
  return 'other'
}

function kindOfCode({ code, message }: Readonly<Record<string, unknown>>): ErrorKind | undefined {
  // A request of somebody else's is under way on the connection, or it has just been closed:
  // nothing was sent.
  if (code === 'EINVALIDSTATE') return 'retryable'
  // tedious drops the server's number: a database that is starting or failing over refuses a log-in
  // as a wrong password is refused.
  if (code === 'ELOGIN') return 'login-refused'
  // tedious has one code for a connect and for a request (its `requestTimeout`, 15 s by knex),
  // which the server was told to cancel.
  if (code === 'ETIMEOUT' && typeof message === 'string' && requestTimedOut.test(message))
    return 'retryable'
  return connectionCodes.has(code) ? 'connection' : undefined
}

/** The end of the text: knex writes the statement before it. */
const requestTimedOut = /Timeout: Request failed to complete in \d+ms$/

/**
 * Whether a unique key is violated that is not the primary one. Two first writes of one session may
 * meet at the latter; what any other forbids it forbids however often it is tried. The server names
 * the kind of key in English in every language. A session may hold the same words, and then it is
 * tried again.
 */
function isOfAnotherKey({ number, message }: Record<string, unknown>): boolean {
  if (number === 2601) return true
  return (
    number === 2627 &&
    typeof message === 'string' &&
    message.includes('UNIQUE KEY') &&
    !message.includes('PRIMARY KEY')
  )
}

function withNested(error: unknown, seen = new Set<unknown>()): Record<string, unknown>[] {
  if (typeof error !== 'object' || error === null || seen.has(error)) return []
  seen.add(error)
  const one = error as Record<string, unknown>
  const nested = Array.isArray(one['errors'])
    ? [...(one['errors'] as unknown[]), one['cause']]
    : [one['cause']]
  return [one, ...nested.flatMap((each) => withNested(each, seen))]
}
