import { sessionTable } from '@knex-session/core/dialect'
import { errorOf } from '../../dialect-testkit/src/scene/outcomes.js'
import { classify } from '../src/errors.js'
import { connectBy } from './connection.js'

describe.each(['mysql2', 'mariadb'] as const)(
  'a value that a column cannot hold, by %s',
  (client) => {
    const database = connectBy(client)({ connections: 1 })
    const table = sessionTable({
      tableName: `incorrect_${String(process.pid)}_${client}`,
      columns: { sid: 'SessionId' },
    })
    const insert = (sid: string, sess: string) =>
      errorOf(
        Promise.resolve(
          database.raw('insert into ?? values (?, ?, 1)', [table.tableName, sid, sess]),
        ),
      )

    beforeAll(async () => {
      const columns =
        'SessionId varchar(255) character set latin1 primary key, sess varchar(255) character set latin1, expired bigint'
      await database.raw(`create table ?? (${columns})`, [table.tableName])
    })
    afterAll(async () => {
      await database.schema.dropTable(table.tableName)
      await database.destroy()
    })

    it('is an impossible sid only if the error names that column', async () => {
      const [ofSid, ofSession] = [
        await insert('漢', '{}'),
        await insert('sid', '漢 for column `SessionId` at row 1'),
      ]
      expect([ofSid, ofSession]).toMatchObject([{ errno: 1366 }, { errno: 1366 }])
      expect([classify(ofSid, table), classify(ofSession, table)]).toEqual([
        'sid-impossible',
        'other',
      ])
    })

    it.each(['de_DE', 'es_ES', 'zh_CN'])('is understood in the language %s', async (language) => {
      await database.raw('set lc_messages = ?', [language])
      const [ofSid, ofSession] = [
        await insert('漢', '{}'),
        await insert('sid', '漢`sessions`.`SessionId`'),
      ]
      await database.raw('set lc_messages = default')
      expect([classify(ofSid, table), classify(ofSession, table)]).toEqual([
        'sid-impossible',
        'other',
      ])
    })

    it('is understood in MySQL’s words, too', () => {
      const error = (column: string) => ({
        errno: 1366,
        sqlMessage: `Incorrect string value: '\\xE6' for column '${column}' at row 1`,
      })
      expect([classify(error('SessionId'), table), classify(error('sess'), table)]).toEqual([
        'sid-impossible',
        'other',
      ])
    })
  },
)
