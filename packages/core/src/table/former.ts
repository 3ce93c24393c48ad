import type { EpochMs } from '../dialect/index.js'
import type { SessionTableGateway } from './gateway.js'
import type { Asking } from './statements.js'

/**
 * Gives the row of a session another id; none is there any more where somebody else was first. An
 * expired row of that id goes before; over a live one it fails with kind `duplicate`, or as the
 * database names it.
 */
export async function renameSession(
  { statements }: SessionTableGateway,
  from: string,
  to: string,
  now: EpochMs,
  deadline: number,
): Promise<void> {
  const { queries } = statements
  const asking: Asking = { work: 'writing sessions', deadline, sending: { writes: true } }
  await statements.changed(queries.destroyExpired([to], now), asking)
  await statements.changed(queries.rename(from, to), asking)
}
