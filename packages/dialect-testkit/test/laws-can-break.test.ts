import {
  defineDialect,
  toEpochMs,
  type DialectAdapter,
  type DialectSpec,
  type EpochMs,
  type PruneRange,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import knex, { type Knex } from 'knex'
import type { Concern } from '../src/concern.js'
import { describeLaws } from '../src/describe-laws.js'
import { batches, readBatches, touchBatches } from '../src/laws/batches.js'
import { codecs } from '../src/laws/codecs.js'
import { concurrency } from '../src/laws/concurrency.js'
import { errors } from '../src/laws/errors.js'
import { expiry } from '../src/laws/expiry.js'
import { expressApp } from '../src/laws/express-app.js'
import { identifiers } from '../src/laws/identifiers.js'
import { knexClient } from '../src/laws/knex-client.js'
import { model } from '../src/laws/model.js'
import { prune, pruneStatements } from '../src/laws/prune.js'
import { sessionIds } from '../src/laws/session-ids.js'
import { sessions } from '../src/laws/sessions.js'
import { statements } from '../src/laws/statements.js'
import { tableSetup } from '../src/laws/table-setup.js'
import { CollectingRunner } from './collecting-runner.js'

const longAgo = toEpochMs(-62_000_000_000_000)

/** SQLite, in memory: the one database that needs no server. */
function connectInMemory(client: Knex.Config['client'] = 'better-sqlite3'): Knex {
  return knex({ client, connection: { filename: ':memory:' }, useNullAsDefault: true, pool: { min: 1, max: 1 } })
}

/** The laws that the SQLite adapter breaks when parts of it, or the knex client, are replaced. */
async function brokenBy(parts: Partial<DialectSpec>, concerns: readonly Concern[], connect = connectInMemory): Promise<readonly string[]> {
  const adapter = defineDialect({ ...sqlite, ...parts })
  const runner = new CollectingRunner()
  describeLaws(runner, { name: 'a broken dialect', adapter, connect: () => connect(), capabilities: { knexInstances: 1 } }, concerns)
  const verdicts = await runner.run()
  return verdicts.filter(({ broken }) => broken !== undefined).map(({ law }) => law)
}

/** An adapter with a statement changed after it was made. */
function edited(statement: Statement, edit: (sql: string) => string): Statement {
  return { ...statement, sql: edit(statement.sql) }
}

const { read, touch, prune: ownPrune } = sqlite as DialectAdapter & Required<Pick<DialectAdapter, 'read' | 'touch' | 'prune'>>

const createEdited = (edit: (sql: string) => string) => (table: SessionTable) =>
  sqlite.createTable(table, {}).map((statement) => edited(statement, edit))

/** An adapter that writes other rows than it is given. */
const writing = (change: (row: SessionRow) => SessionRow): Partial<DialectSpec> => ({
  upsert: (table, rows) => sqlite.upsert(table, rows.map(change)),
})

const wholeSeconds = (at: number) => toEpochMs(Math.floor(at / 1000) * 1000)

/** Each adapter is wrong in one way, and at least the laws named here must notice. */
const breaks: readonly {
  readonly how: string
  readonly parts: Partial<DialectSpec>
  readonly concerns: readonly Concern[]
  readonly laws: readonly string[]
}[] = [
  {
    how: 'compares session ids without regard to case',
    parts: { createTable: createEdited((sql) => sql.replace('varchar(255)', 'varchar(255) collate nocase')) },
    concerns: [sessionIds, model],
    laws: [
      'session ids: are stored apart or refused, never mixed up: capital and small letters',
      'session ids: are plain letters and digits, whose case counts, on every database',
      'a store: behaves like a map with a clock, calls joined',
      'a store: behaves like a map with a clock, calls made one by one',
    ],
  },
  {
    how: 'ignores blanks at the end of session ids',
    parts: { createTable: createEdited((sql) => sql.replace('varchar(255)', 'varchar(255) collate rtrim')) },
    concerns: [sessionIds],
    laws: [],
  },
  {
    how: 'stores ids that look like numbers as numbers',
    parts: { createTable: createEdited((sql) => sql.replace('varchar(255)', 'numeric')) },
    concerns: [sessionIds],
    laws: ['session ids: are stored apart or refused, never mixed up: digits that could be numbers'],
  },
  {
    how: 'loses the last row of an upsert',
    parts: { upsert: (table, rows) => sqlite.upsert(table, rows.length > 1 ? rows.slice(0, -1) : rows) },
    concerns: [statements, batches, sessions],
    laws: [
      'statements: carry every row, up to the limits',
      'batches: of any size insert every row, then replace every row',
      'batches: that calls are joined into carry every call, at the limit for rows and one beside it',
      'sessions: are all listed, counted and cleared',
    ],
  },
  {
    how: 'keeps the old contents when a row is there',
    parts: { upsert: (table, rows) => edited(sqlite.upsert(table, rows), (sql) => sql.replace(/do update.*$/, 'do nothing')) },
    concerns: [sessions, concurrency],
    laws: [
      'sessions: are null until they are set, then what was set, then what replaced it',
      'several stores at once: may write one session over and over',
    ],
  },
  {
    how: 'replaces the contents but not the expiry',
    parts: { upsert: (table, rows) => edited(sqlite.upsert(table, rows), (sql) => sql.replace(/, `expired` = excluded.`expired`$/, '')) },
    concerns: [expiry, batches],
    laws: [
      'batches: of any size insert every row, then replace every row',
      'expiry: at once or in the past hides a session that was there',
    ],
  },
  {
    how: 'makes an upsert in two statements that are not atomic',
    parts: { upsert: (table, rows) => edited(sqlite.upsert(table, rows), (sql) => sql.replace('insert into', 'insert or ignore into')) },
    concerns: [batches],
    laws: ['batches: that fail change no row'],
  },
  {
    how: 'reads expired sessions',
    parts: { read: { ...read, statement: (table, sids) => read.statement(table, sids, longAgo) } },
    concerns: [expiry, readBatches, expressApp],
    laws: [
      'expiry: comes at its time, not a step earlier or later',
      'expiry: is the same for get, all and length, alone and in batches',
      'batches read in the adapter’s own way: find every live row, and none that has expired or is missing',
      'an Express app: forgets a session that has expired, and its id',
    ],
  },
  {
    how: 'takes an expiry that is now for a live one',
    parts: {
      read: { ...read, statement: (table, sids, now) => edited(read.statement(table, sids, now), (sql) => sql.replace('> ?', '>= ?')) },
    },
    concerns: [expiry],
    laws: ['expiry: comes at its time, not a step earlier or later'],
  },
  {
    how: 'brings expired sessions back by touching them',
    parts: { touch: (table, rows, _now, options) => touch(table, rows, longAgo, options) },
    concerns: [expiry, touchBatches],
    laws: [
      'expiry: is for good: neither a touch nor the clock of a touch brings a session back',
      'batches touched in the adapter’s own way: move each live row to its own time, and make no new rows',
    ],
  },
  {
    how: 'gives every touched row the expiry of the first',
    parts: {
      touch: (table, rows, now, options) =>
        touch(
          table,
          rows.map((row) => ({ ...row, expired: rows[0]?.expired ?? row.expired })),
          now,
          options,
        ),
    },
    concerns: [expiry, touchBatches, sessionIds],
    laws: [
      'expiry: is moved for each session by its own touch when many share a statement',
      'session ids: are stored apart or refused, never mixed up: wildcards and placeholders',
    ],
  },
  {
    how: 'cuts an expiry to the second',
    parts: {
      ...writing((row) => ({ ...row, expired: wholeSeconds(row.expired) })),
      timestamp: { ...sqlite.timestamp, encode: (at) => sqlite.timestamp.encode(wholeSeconds(at)) },
    },
    concerns: [codecs],
    laws: [
      'sessions and times: never share an encoding, a step apart',
      'sessions and times: keep any expiry to the millisecond',
      'sessions and times: keep every millisecond of a second apart',
    ],
  },
  {
    how: 'writes an expiry in the time zone of the process',
    parts: writing((row) => ({ ...row, expired: toEpochMs(row.expired - 5_400_000) })),
    concerns: [expiry],
    laws: [
      'expiry: is in the cookie that is read, and a touch shows there',
      'expiry: is stored alike by dates, ISO text and whatever time zone a connection has',
    ],
  },
  {
    how: 'loses what is not plain text',
    parts: writing((row) => ({ ...row, sess: row.sess.replace(/\\u0000|\\ud[89a-f]../g, '') })),
    concerns: [codecs],
    laws: ['sessions and times: come back whatever text they hold', 'sessions and times: come back whatever JSON they are'],
  },
  {
    how: 'cuts long sessions',
    parts: writing((row) => (row.sess.length < 65_536 ? row : { ...row, sess: '{}' })),
    concerns: [codecs],
    laws: ['sessions and times: come back a megabyte long'],
  },
  {
    how: 'writes session ids into its SQL',
    parts: { upsert: (table, rows) => edited(sqlite.upsert(table, rows), (sql) => `${sql} /* ${rows[0]?.sid ?? ''} */`) },
    concerns: [statements],
    laws: [
      'statements: never hold a value of a session in their text, nor in their name',
      'statements: have a text and a name that follow from the number of rows, never from their values',
    ],
  },
  {
    how: 'writes expiries into its SQL',
    parts: {
      read: { ...read, statement: (table, sids, now) => edited(read.statement(table, sids, now), (sql) => `${sql} -- ${String(now)}`) },
    },
    concerns: [statements],
    laws: ['statements: have a text and a name that follow from the number of rows, never from their values'],
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
    parts: { upsert: (table, rows) => sqlite.upsert(table, (rows as (typeof rows)[number][]).reverse()) },
    concerns: [statements],
    laws: ['statements: leave their arguments as they were'],
  },
  {
    how: 'binds a value too many',
    parts: { upsert: (table, rows) => ({ ...sqlite.upsert(table, rows), bindings: [...sqlite.upsert(table, rows).bindings, 1] }) },
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
    how: 'knows no error',
    parts: { classify: () => 'other' },
    concerns: [errors, tableSetup],
    laws: [
      'errors: of a second insert are a duplicate',
      'errors: of a table that is not there are a missing table, whatever the statement',
      'the table: is made by eight stores that start at once, and all of them work',
      'the table: is not made against the application’s will, and is found once it is there',
    ],
  },
  {
    how: 'goes by the words of an error',
    parts: { classify: (error) => (/no such table|UNIQUE/.test(String(error)) ? 'missing-table' : sqlite.classify(error)) },
    concerns: [errors],
    laws: ['errors: are not classified by words alone, which a session could hold', 'errors: of a second insert are a duplicate'],
  },
  {
    how: 'finds expired rows by an expiry that it reads wrongly',
    parts: { timestamp: { ...sqlite.timestamp, parameter: 'substr(?, 1, 10)' }, prune: undefined },
    concerns: [prune],
    laws: ['prune: removes what has expired and nothing else, and counts it'],
  },
  {
    how: 'prunes whatever comes first, live or not',
    parts: {
      prune: {
        ...ownPrune,
        statement: (table, now, range) => pruneEdited(table, now, range, / where `expired` <= \?/g, ' where ? is not null'),
      },
    },
    concerns: [prune, pruneStatements],
    laws: [
      'prune: removes what has expired and nothing else, and counts it',
      'expired rows pruned in the adapter’s own way: are those that expired first, as many as asked for, and no live one',
    ],
  },
  {
    how: 'prunes in no order',
    parts: {
      prune: {
        ...ownPrune,
        statement: (table, now, range) => pruneEdited(table, now, range, 'order by `expired`', 'order by `expired` desc'),
      },
    },
    concerns: [pruneStatements],
    laws: ['expired rows pruned in the adapter’s own way: are those that expired first, as many as asked for, and no live one'],
  },
]

function pruneEdited(table: SessionTable, now: EpochMs, range: PruneRange, what: string | RegExp, by: string): Statement {
  return edited(ownPrune.statement(table, now, range), (sql) => sql.replace(what, by))
}

function countingUpsert(): DialectAdapter['upsert'] {
  let calls = 0
  return (table, rows) => edited(sqlite.upsert(table, rows), (sql) => `${sql} -- ${String(calls++)}`)
}

describe('a prune that the server refuses', () => {
  it('goes on by session ids', async () => {
    const refused = { ...ownPrune, statement: () => ({ sql: 'delete from nowhere by ctid', bindings: [] }) }
    expect(await brokenBy({ prune: refused }, [prune])).toEqual([])
  })
})

describe('the laws', () => {
  it.each(breaks)('notice an adapter that $how', async ({ parts, concerns, laws }) => {
    expect(await brokenBy(parts, concerns)).toEqual(expect.arrayContaining([...laws]))
  })

  it('notice a knex client that hands out what its driver gave', async () => {
    const Client = connectInMemory().client.constructor as typeof Knex.Client
    class CarelessClient extends Client {
      processResponse({ method, response }: { method: string; response: unknown }): unknown {
        return method === 'raw' ? response : { response }
      }
    }
    expect(await brokenBy({}, [knexClient], () => connectInMemory(CarelessClient))).toEqual([
      'the knex client: gives the rows of a select as an array',
      'the knex client: gives the number of rows that a delete removed',
    ])
  })
})
