import { driverError, FakeDatabase } from './fake-database.js'

describe('an error of the look for the table', () => {
  it.each([
    ['./web.sqlite', true],
    ['libsql://user:CANARY@host', false],
  ])('names %s as the file of the database: %s', async (filename, isNamed) => {
    const database = new FakeDatabase()
    const { connectionSettings } = database.knex.client as { connectionSettings: object }
    Object.assign(connectionSettings, { filename })
    database.answer = () => {
      throw driverError('other')
    }
    const look = database
      .runner()
      .statement(
        { sql: 'look', bindings: [] },
        { work: 'looking for the session table', deadline: Infinity },
      )
    const { message } = await look.then(
      () => new Error('it did not fail'),
      (error: unknown) => error as Error,
    )
    expect(message).toContain('looking for the session table failed')
    expect(message.includes(filename)).toBe(isNamed)
    expect(message).not.toContain('CANARY')
  })
})
