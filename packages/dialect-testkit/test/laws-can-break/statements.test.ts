import {
  sessionTable,
  type DialectAdapter,
  type DialectSpec,
  type SessionTable,
} from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import knex from 'knex'
import { identifiers, schemas } from '../../src/laws/identifiers.js'
import { statements } from '../../src/laws/statements.js'
import { brokenBy, createEdited, describeBreaks, edited, own } from './breaking.js'

function countingUpsert(): DialectAdapter['upsert'] {
  let calls = 0
  return (table, rows) =>
    edited(sqlite.upsert(table, rows), (sql) => `${sql} -- ${String(calls++)}`)
}

describeBreaks('statements and names', [
  {
    how: 'writes session ids into its SQL',
    parts: {
      upsert: (table, rows) =>
        edited(sqlite.upsert(table, rows), (sql) => `${sql} /* ${rows[0]?.sid ?? ''} */`),
    },
    concerns: [statements],
    laws: [
      'statements: never hold a value of a session in their text, nor in their name',
      'statements: have a text and a name that follow from the number of rows, never from their values',
    ],
  },
  {
    how: 'writes expiries into its SQL',
    parts: {
      queries: {
        read: {
          ...own.read,
          statement: (table, sids, now) =>
            edited(own.read.statement(table, sids, now), (sql) => `${sql} -- ${String(now)}`),
        },
      },
    },
    concerns: [statements],
    laws: [
      'statements: have a text and a name that follow from the number of rows, never from their values',
    ],
  },
  {
    how: 'names different statements alike',
    parts: { upsert: (table, rows) => ({ ...sqlite.upsert(table, rows), name: 'upsert' }) },
    concerns: [statements],
    laws: ['statements: have one text for one name, and a name that servers do not cut'],
  },
  {
    how: 'counts its own calls',
    parts: { upsert: countingUpsert() },
    concerns: [statements],
    laws: ['statements: are equal for equal arguments'],
  },
  {
    how: 'sorts the rows it is given in place',
    parts: {
      upsert: (table, rows) => sqlite.upsert(table, (rows as (typeof rows)[number][]).reverse()),
    },
    concerns: [statements],
    laws: ['statements: leave their arguments as they were'],
  },
  {
    how: 'binds a value too many',
    parts: {
      upsert: (table, rows) => ({
        ...sqlite.upsert(table, rows),
        bindings: [...sqlite.upsert(table, rows).bindings, 1],
      }),
    },
    concerns: [statements],
    laws: ['statements: have as many placeholders as bindings'],
  },
  {
    how: 'does not quote names',
    parts: { quoteIdentifier: (name) => name },
    concerns: [identifiers],
    laws: [
      'names of tables and columns: are refused when they are empty',
      'names of tables and columns: may have capitals, blanks, dots, dashes and letters of any script',
      'names of tables and columns: may be words of SQL',
    ],
  },
  {
    how: 'does not escape quotes in names',
    parts: { quoteIdentifier: (name) => `"${name.replaceAll('"', '')}"` },
    concerns: [identifiers],
    laws: ['names of tables and columns: are quoted so that two names never become one'],
  },
  {
    how: 'cuts long names',
    parts: { quoteIdentifier: (name) => sqlite.quoteIdentifier(name.slice(0, 40)) },
    concerns: [identifiers],
    laws: ['names of tables and columns: distinguish long tables that begin alike'],
  },
  {
    how: 'refuses long names by an error that says nothing',
    parts: {
      quoteIdentifier(name) {
        if (name.length > 100) throw new Error('no')
        return sqlite.quoteIdentifier(name)
      },
    },
    concerns: [identifiers],
    laws: ['names of tables and columns: work or are refused when they are long'],
  },
  {
    how: 'quotes names as strings, in which quotes end them',
    parts: { quoteIdentifier: (name) => `"${name}"` },
    concerns: [identifiers],
    laws: [
      'names of tables and columns: work or are refused when they hold quotes, comments and placeholders',
      'names of tables and columns: work or are refused when columns have hostile ones',
    ],
  },
  {
    how: 'gives the column of the session id its usual name',
    parts: {
      createTable: createEdited((sql) => sql.replace(/\(`[^`]+` varchar/, '(`sid` varchar')),
    },
    concerns: [identifiers],
    laws: ['names of tables and columns: are those that columns are given'],
  },
])

describe('the laws on schemas', () => {
  const connect = () => {
    const attach = (
      database: { exec(sql: string): void },
      done: (error: null, database: unknown) => void,
    ) => {
      database.exec(`attach ':memory:' as elsewhere`)
      done(null, database)
    }
    return knex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
      pool: { min: 1, max: 1, afterCreate: attach },
    })
  }

  const inUsualSchema = (table: SessionTable) =>
    sessionTable({ tableName: table.tableName, columns: { sid: table.column.sid.name } })
  const elsewhere = { connect, schemaName: 'elsewhere' }

  it('notice an adapter that makes its tables in the usual one', async () => {
    const createTable: DialectSpec['createTable'] = (table, server) =>
      sqlite.createTable(inUsualSchema(table), server)
    expect(await brokenBy({ createTable }, [schemas], elsewhere)).toContain(
      'a table in another schema: works like one in the usual schema',
    )
    expect(await brokenBy({}, [schemas], elsewhere)).toEqual([])
  })

  it('notice an adapter that writes to the usual one', async () => {
    const upsert: DialectSpec['upsert'] = (table, rows) => sqlite.upsert(inUsualSchema(table), rows)
    expect(await brokenBy({ upsert }, [schemas], elsewhere)).toContain(
      'a table in another schema: is another than the one of the same name in the usual schema',
    )
  })
})
