import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { visit } from '../../../examples/test/visit.js'
import { start } from '../../../examples/test/example.js'
import { copyDriver, install, remove } from '../src/consumer.mjs'
import { driverFor, drivers } from '../src/versions.mjs'
import { packed } from '../test/folders.js'

const example = join(__dirname, '../../../examples/nestjs')

/** What the example asks of the registry, by exact versions. */
const asked = (): string[] => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(example, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name]) => !name.startsWith('@knex-session/') && name !== 'better-sqlite3')
    .map(([name, version]) => `${name}@${version}`)
}

it('the example of NestJS keeps sessions, with the packed packages', async () => {
  const driver = driverFor(Number.parseInt(process.versions.node))
  const folder = await install([...packed.map(({ tarball }) => tarball), ...asked(), driver])
  try {
    if (driver === drivers.forNode20) copyDriver(folder)
    rmSync(join(folder, 'package.json'))
    cpSync(example, folder, { recursive: true })
    // When it has closed, NestJS sends itself the signal once more.
    await visit(await start('nestjs', folder), { end: 'SIGTERM' })
  } finally {
    remove(folder)
  }
}, 300_000)
