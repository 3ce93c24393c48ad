import { served } from '../src/apps.mjs'
import { install, remove } from '../src/consumer.mjs'
import { run } from '../src/run.mjs'
import { peers, serverDrivers } from '../src/versions.mjs'
import { packed } from '../test/folders.js'

const tarballs = packed.map(({ tarball }) => tarball)

// knex 3.3 is the first with a client for mariadb, and needs 3.2 of it: earlier connections are no
// event emitters.
describe.each(Object.entries(serverDrivers))(
  'the %s drivers that the ranges admit',
  (_, drivers) => {
    let consumer: string

    beforeAll(async () => {
      consumer = await install([...tarballs, ...peers, ...drivers])
    }, 150_000)
    afterAll(() => remove(consumer))

    it.each([
      ['postgres', 'pg', 'PG_URL'],
      ['mysql', 'mysql2', 'MYSQL_URL'],
      ['mysql', 'mariadb', 'MYSQL_URL'],
      ['mysql', 'mysql', 'MYSQL_URL'],
    ])('dialect-%s serves sessions by %s', async (dialect, client, variable) => {
      const url = process.env[variable] ?? ''
      expect(
        await run(process.execPath, ['server.cjs', dialect, client, url], { cwd: consumer }),
      ).toBe(served)
    })
  },
)
