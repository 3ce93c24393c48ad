import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { driver } from '../src/driver/driver.js'
import { betweenLooks } from '../src/driver/moved-file.js'

const moved = expect.objectContaining({ code: 'SQLITE_READONLY_DBMOVED' }) as Error

describe('the file of a connection', () => {
  const directory = mkdtempSync(join(tmpdir(), 'looks-'))
  const file = join(directory, 'sessions.sqlite')
  let database: Database.Database
  let now = 0
  const run = (sql: string) => () => driver.run?.(database, { sql, bindings: [] })

  beforeEach(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => now)
    database = new Database(file)
    run('create table a (b)')()
    rmSync(file)
  })

  afterEach(() => {
    jest.restoreAllMocks()
    database.close()
  })

  afterAll(() => rmSync(directory, { recursive: true }))

  it('is looked at again after a while, and not with every statement', () => {
    now += betweenLooks - 1
    expect(run('select 1')).not.toThrow()
    now += 1
    expect(run('select 1')).toThrow(moved)
  })

  it('is looked at whenever a statement fails, which may be why', () => {
    // There is no positive integer for it.
    expect(run('select abs(-9223372036854775807 - 1)')).toThrow(moved)
  })
})
