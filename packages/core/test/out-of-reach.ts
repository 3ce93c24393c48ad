import { SessionStoreError } from '../src/errors.js'
import { OutageWatch, type Outage } from '../src/delivery/outage.js'
import { retry } from '../src/delivery/retry.js'

export const refused = () =>
  new SessionStoreError({
    code: 'ERR_CONNECTION',
    kind: 'connection',
    dialect: 'testing',
    message: 'refused',
  })
export const refusal = () =>
  new SessionStoreError({
    code: 'ERR_DATABASE',
    kind: 'other',
    dialect: 'testing',
    message: 'read-only',
  })
export const loginRefused = () =>
  new SessionStoreError({
    code: 'ERR_CONNECTION',
    kind: 'login-refused',
    dialect: 'testing',
    message: 'wrong password',
  })
export const locked = () =>
  new SessionStoreError({
    code: 'ERR_TIMEOUT',
    kind: 'connection',
    dialect: 'testing',
    message: 'no answer',
  })

export const onRetry = () => undefined

/** How reads are tried for so many ms. */
export const reads = (timeout: number) => ({
  work: 'reads' as const,
  deadline: performance.now() + timeout,
  waitsForLocks: true,
  mostLosses: Infinity,
})

/**
 * Some lanes of a store that all work on a database which fails with `error` until it is mended,
 * and how their calls ended so far.
 */
export function lanes(count: number, timeout: number, error = refused) {
  const reported: Outage[] = []
  const outage = new OutageWatch((each) => reported.push(each))
  const database = { away: true, attempts: 0, error, ms: 0 }
  const attempt = async () => {
    database.attempts++
    if (database.ms > 0) await new Promise((resolve) => setTimeout(resolve, database.ms))
    if (database.away) throw database.error()
    return 'answer'
  }
  const ended: PromiseSettledResult<string>[] = []
  const call = () => {
    retry(attempt, reads(timeout), { outage, onRetry }).then(
      (value) => ended.push({ status: 'fulfilled', value }),
      (reason: unknown) => ended.push({ status: 'rejected', reason }),
    )
  }
  for (let lane = 0; lane < count; lane++) call()
  return { reported, outage, database, ended, call }
}
