import { withinLife } from '../session/expiry.js'
import { sidOf, type SessionWrite } from '../session/writes.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { creationsOf } from '../table/lists.js'

/**
 * Writes of which none is to end later than its session may live: those whose call did not know
 * when that was created, as the row that is there says.
 */
export async function withinLives(
  writes: readonly SessionWrite[],
  gateway: SessionTableGateway,
  deadline: number,
): Promise<readonly SessionWrite[]> {
  const unknown = writes.filter((write) => lifeOf(write) !== undefined)
  if (unknown.length === 0) return writes
  const creations = await creationsOf(gateway, unknown.map(sidOf), deadline)
  return writes.map((write) => {
    if (write.kind === 'destroy') return write
    const row = withinLife(write.row, creations.get(write.row.sid), write.life)
    return { ...write, row } as SessionWrite
  })
}

function lifeOf(write: SessionWrite): number | undefined {
  return write.kind === 'destroy' ? undefined : write.life
}
