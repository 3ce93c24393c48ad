import type { DialectAdapter, ErrorKind } from '@knex-session/core/dialect'
import { postgres } from '@knex-session/dialect-postgres'

/** Codes of CockroachDB's own (`pkg/sql/pgwire/pgcode/codes.go`, 23.1), and of a lost answer. */
const kinds: ReadonlyMap<unknown, ErrorKind> = new Map<unknown, ErrorKind>([
  // statement_completion_unknown: the result is ambiguous (docs 26.2, "Common Errors"); every
  // statement here may run twice.
  ['40003', 'retryable'],
  // Ranges without a quorum, and nodes that do not reach each other.
  ['58C00', 'connection'],
  ['58C01', 'connection'],
])

/**
 * Says what an error means: PostgreSQL's codes are CockroachDB's, 40001 of a transaction that lost
 * a race among them (docs 26.2, "Transaction Retry Error Reference").
 */
export const classify: DialectAdapter['classify'] = (error, table) => {
  const code = typeof error === 'object' ? (error as { code?: unknown } | null)?.code : undefined
  return kinds.get(code) ?? postgres.classify(error, table)
}
