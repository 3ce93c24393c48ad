import { setTimeout as delay } from 'node:timers/promises'
import { conclude, type Conclusion } from './conclusion.js'
import { LoadProcess, type Load } from './load-process.js'
import { outage } from '../servers/outage.js'
import type { OwnServer } from '../servers/private-servers.js'

interface Restarts extends Omit<Load, 'knex'> {
  /** Time before and after each outage, in ms. */
  readonly pause: number
  /** How long the server is away, in ms. */
  readonly away: number
}

/** Kills a server under load and starts it again, three times: callers notice nothing. */
export async function killThreeTimes(
  { name, server, knex }: OwnServer,
  { pause, away, ...load }: Restarts,
): Promise<Conclusion> {
  const process = await LoadProcess.start({ knex, ...load })
  await process.begin()
  const times: string[] = []
  for (let round = 0; round < 3; round++) {
    await delay(pause)
    times.push(await outage(server, away))
  }
  await delay(pause)
  const conclusion = await conclude(
    `${name} killed three times, away for ${times.join(', ')} s`,
    process,
    { knex },
  )
  expect(conclusion.report.errors).toEqual({})
  return conclusion
}

/**
 * Kills a server under load for longer than a call may take: calls fail with the reason, and work
 * from the first one on.
 */
export async function killForLonger(
  { name, server, knex }: OwnServer,
  { pause, away, ...load }: Restarts,
): Promise<Conclusion> {
  const process = await LoadProcess.start({ knex, ...load })
  await process.begin()
  await delay(pause)
  const time = await outage(server, away)
  const first = await process.call()
  await delay(pause)
  const limit = (load.store?.timeout ?? 10_000) / 1_000
  const conclusion = await conclude(
    `${name} away for ${time} s with a time limit of ${limit} s`,
    process,
    { knex },
  )
  expect(first.error).toBeNull()
  // Whose time is up in the moment of the recovery may hear that there was no answer in time.
  const { ERR_CONNECTION: reasoned, ...others } = conclusion.report.errors
  expect(reasoned).toBeGreaterThan(32)
  expect(['', 'ERR_TIMEOUT']).toContain(Object.keys(others).join())
  expect(conclusion.report.outages).toHaveLength(2)
  return conclusion
}
