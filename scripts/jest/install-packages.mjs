import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyDriver, install, remove } from '../../tests/consumers/src/consumer.mjs'
import { driverFor, drivers, peers, types } from '../../tests/consumers/src/versions.mjs'
import { pack } from '../steps/pack.mjs'

/**
 * Packs the packages and installs them into an empty folder, for the tests of what is published.
 * KNEX_SESSION_TARBALLS is the folder with the tarballs, KNEX_SESSION_CONSUMER the one they are
 * installed in.
 */
export default async () => {
  if (process.env['KNEX_SESSION_TARBALLS'] !== undefined) return
  const tarballs = mkdtempSync(join(tmpdir(), 'knex-session-tarballs-'))
  const packed = await pack(tarballs)
  const driver = driverFor(Number.parseInt(process.versions.node))
  const consumer = await install([
    ...packed.map(({ tarball }) => tarball),
    ...peers,
    ...types,
    driver,
  ])
  if (driver === drivers.forNode20) copyDriver(consumer)
  process.env['KNEX_SESSION_TARBALLS'] = tarballs
  process.env['KNEX_SESSION_CONSUMER'] = consumer
}

export const removePackages = () => {
  for (const name of ['KNEX_SESSION_TARBALLS', 'KNEX_SESSION_CONSUMER']) {
    const folder = process.env[name]
    if (folder !== undefined) remove(folder)
    delete process.env[name]
  }
}
