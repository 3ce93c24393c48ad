import type { ErrorKind } from '@knex-session/core/dialect'

/**
 * The number that `upsert` raises by; a block may raise -20,000 to -20,999 (PL/SQL Language
 * Reference 19c, RAISE_APPLICATION_ERROR).
 */
export const sidTaken = 20_627

/**
 * Numbers of ORA errors (Database Error Messages Reference,
 * https://docs.oracle.com/error-help/db/).
 */
const numbers: Readonly<Partial<Record<ErrorKind, readonly number[]>>> = {
  // Waited too long for a resource, deadlocks, transaction gone with its savepoint, snapshot too
  // old, changed packages, not serializable, given up for a transaction of higher priority.
  retryable: [51, 60, 1086, 1555, 4020, 4021, 4061, 4065, 4068, 8176, 8177, 63300, 63302],
  // Row locked, lock timeouts.
  locked: [54, 2049, 30006],
  duplicate: [1],
  // A row that a policy (virtual private database) does not allow.
  policy: [28115],
  'sid-taken': [sidTaken],
  unsupported: [
    // Syntax: no statement, or a word or sign of it that is missing, too much or not known.
    900, 905, 906, 907, 911, 917, 920, 923, 933, 936,
    // A feature that is not there, or not enabled.
    439, 3001,
  ],
  'already-exists': [955, 1408, 2260, 2261, 2264],
  // Wrong user or password, account locked: accounts are locked after a number of failures in a row
  // (`failed_login_attempts`).
  'login-refused': [1017, 28000],
  // No such table, or no right to see it.
  'missing-table': [942],
  // Insufficient privileges; since 23ai with their names.
  'access-denied': [1031, 41900],
  connection: [
    // Session or process gone, killed, or one too many.
    18, 20, 22, 28, 31, 45, 603, 609, 1012, 1041, 2391, 2396, 2399, 3113, 3114, 3135,
    // Starting, stopping, not open, read-only, switching over.
    1033, 1034, 1089, 1090, 1092, 1109, 1219, 16000, 16456, 27101,
    // Network and listener (TNS).
    12150, 12152, 12153, 12157, 12170, 12203, 12221, 12224, 12225, 12500, 12502, 12505, 12514,
    12516, 12518, 12519, 12520, 12521, 12523, 12525, 12526, 12527, 12528, 12535, 12537, 12541,
    12543, 12545, 12547, 12560, 12564, 12569, 12570, 12571, 12583, 12606, 12608, 12609, 12637,
    // Failing over: a call that could not be replayed on the new instance.
    25401, 25402, 25403, 25405, 25408, 25409, 25425,
  ],
}

/**
 * Codes of node-oracledb (`lib/errors.js`, version 6 and newer): closed or broken connections,
 * listeners that refuse or do not know the service, names that do not resolve, time-outs of
 * connecting and of a call, a pool of the driver's own that has no connection to give.
 */
const connectionCodes: ReadonlySet<unknown> = new Set([
  ...[3, 40, 76, 82, 123, 500, 501, 503, 504, 509, 510, 511, 513, 518, 519, 521, 530].map(
    (number) => `NJS-${String(number).padStart(3, '0')}`,
  ),
  ...['DPI-1010', 'DPI-1067', 'DPI-1080'],
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ECONNABORTED',
    'ETIMEDOUT',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
])

const kindOfNumber: ReadonlyMap<unknown, ErrorKind> = new Map(
  Object.entries(numbers).flatMap(([kind, list]) =>
    list.map((number) => [number, kind as ErrorKind] as const),
  ),
)

/** A block that does not compile (ORA-06550), for whatever reason. */
const notCompiled = 6550

/**
 * The first reason for which a block does not compile: a table that is not there, in a declaration
 * or in SQL, a right that the user lacks, the grammar.
 */
const reasons: readonly (readonly [RegExp, ErrorKind])[] = [
  [/ORA-06550: line \d+, column \d+:\s+(?:PLS-00201: |PL\/SQL: ORA-00942: )/, 'missing-table'],
  [/ORA-06550: line \d+, column \d+:\s+PL\/SQL: ORA-(?:01031|41900): /, 'access-denied'],
  [/ORA-06550: line \d+, column \d+:\s+PLS-00103: /, 'unsupported'],
]

/**
 * What an error of node-oracledb means: by the server's number where it has one (ORA-00060 is 60),
 * then by the driver's code. Of a block that does not compile the text says why; it quotes names
 * only, and knex writes no values before it.
 */
export function classify(error: unknown): ErrorKind {
  if (typeof error !== 'object' || error === null) return 'other'
  const { errorNum, code, message } = error as Record<string, unknown>
  if (errorNum === notCompiled)
    return (
      reasons.find(([reason]) => typeof message === 'string' && reason.test(message))?.[1] ??
      'other'
    )
  return kindOfNumber.get(errorNum) ?? (connectionCodes.has(code) ? 'connection' : 'other')
}
