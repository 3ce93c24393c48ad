import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import { ConnectSessionKnexStore } from 'connect-session-knex'
import createKnex, { type Knex } from 'knex'
import { uniqueTable } from '../rig/servers/databases.js'

/**
 * Time zones of processes: none, with changes by an hour on both hemispheres' dates, by half an
 * hour, and with odd offsets.
 */
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu']

/**
 * Before, at and after the changes of 2026 in those zones: hours that do not exist on the clock,
 * and hours that come twice.
 */
const points = [
  '2026-03-08T06:59:59.999Z',
  '2026-03-08T07:30:00.250Z',
  '2026-03-29T00:59:59.999Z',
  '2026-03-29T01:00:00.000Z',
  '2026-03-29T01:30:00.678Z',
  '2026-04-04T14:45:00.125Z',
  '2026-04-04T15:15:00.125Z',
  '2026-10-03T15:45:00.875Z',
  '2026-10-25T00:30:00.500Z',
  '2026-10-25T01:30:00.500Z',
  '2026-11-01T05:30:00.001Z',
  '2026-11-01T06:30:00.001Z',
].map((text) => Date.parse(text))

const now = Date.UTC(2026, 0, 1)

let folder: string
let instances: readonly Knex[]
const tables = [
  { name: uniqueTable('zones'), step: {} },
  // MariaDB's DATETIME there has whole seconds.
  { name: uniqueTable('legacy_zones'), step: { mysql: 1_000 } },
] as const

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'knex-session-zones-'))
  instances = [
    createKnex({ client: 'pg', connection: process.env['PG_URL'] ?? '' }),
    createKnex({ client: 'mysql2', connection: process.env['MYSQL_URL'] ?? '' }),
    createKnex({
      client: 'better-sqlite3',
      connection: { filename: join(folder, 'sessions.sqlite') },
      useNullAsDefault: true,
    }),
  ]
  for (const knex of instances) {
    const [ours, legacy] = tables
    await new KnexSessionStore({ knex, tableName: ours.name, cleanupInterval: 0 }).ready
    const theirs = new ConnectSessionKnexStore({ knex, tableName: legacy.name, cleanupInterval: 0 })
    await (theirs as unknown as { ready: Promise<unknown> }).ready
  }
})

afterAll(async () => {
  for (const knex of instances) {
    for (const { name } of tables) await knex.schema.dropTable(name)
    await knex.destroy()
  }
  rmSync(folder, { recursive: true })
})

/** Runs a phase in a process for each zone; `npm test` builds the packages first. */
async function inEveryZone(
  phase: 'write' | 'read',
): Promise<readonly { looks: number; wrong: readonly string[] }[]> {
  const task = {
    phase,
    zones,
    points,
    now,
    pg: process.env['PG_URL'],
    mysql: process.env['MYSQL_URL'],
    tables,
  }
  const run = (TZ: string) =>
    promisify(execFile)(process.execPath, [join(__dirname, '..', 'rig', 'time-zone-process.mjs')], {
      env: {
        ...process.env,
        TZ,
        TIME_ZONE_TASK: JSON.stringify({ ...task, file: join(folder, 'sessions.sqlite') }),
      },
    })
  return (await Promise.all(zones.map(run))).map(
    ({ stdout }) => JSON.parse(stdout) as { looks: number; wrong: readonly string[] },
  )
}

describe('an expiry is the same', () => {
  it('whatever the time zones of process, server and driver, on both sides of every change of clocks', async () => {
    for (const { wrong } of await inEveryZone('write')) expect(wrong).toEqual([])
    const reports = await inEveryZone('read')
    expect(reports.flatMap(({ wrong }) => wrong)).toEqual([])
    for (const { looks } of reports) expect(looks).toBeGreaterThan(10_000)
    // Every zone is a process of its own.
  }, 120_000)
})
