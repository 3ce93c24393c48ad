import { toEpochMs } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { endedSessions } from '../../src/laws/ended-sessions.js'
import { insertBatches, updateBatches } from '../../src/laws/own-writes.js'
import { overlappingSaves } from '../../src/laws/overlapping-saves.js'
import { ordering } from '../../src/laws/ordering.js'
import { createEdited, describeBreaks, edited, own } from './breaking.js'

const longAgo = toEpochMs(-62_000_000_000_000)

/** A table whose key takes ids for equal that differ in case. */
const foldingCase = createEdited((sql) =>
  sql.replace('`sid` varchar(255)', '`sid` varchar(255) collate nocase'),
)

const writesThoseThere =
  'batches updated in the adapter’s own way: write each row that is there, expired or not, make no new ones, and say which or how many'
const lastOfLoaded = (calls: string) =>
  `eight writers of one session: never lose the last write of what they have loaded, calls ${calls}`
const savedAgain = (law: string) => `a new session that is saved again before it is there: ${law}`
const ended = (law: string) => `a session that was ended: ${law}`

describeBreaks('writes of rows that are there, and of new ones', [
  {
    how: 'makes rows by an update',
    parts: {
      queries: {
        update: { statement: (table, rows) => sqlite.upsert(table, rows), answer: () => undefined },
      },
    },
    concerns: [updateBatches, endedSessions, overlappingSaves],
    laws: [
      writesThoseThere,
      savedAgain('stays ended where it was ended in between'),
      ended('by a log-out stays ended, whatever requests write that had loaded it'),
      ended('by a new id stays ended, whatever requests write that had loaded it'),
      ended('by `clear` stays ended, whatever requests write that had loaded it'),
      ended('by another process stays ended, whatever requests write that had loaded it'),
      ended(
        'and others that were not: all that was loaded is written in one go, of those that are there',
      ),
    ],
  },
  {
    how: 'says of a row that is gone that it was written',
    parts: { queries: { update: { ...own.update, answer: () => 1 } } },
    concerns: [updateBatches, endedSessions],
    laws: [
      writesThoseThere,
      ended(
        'stays ended when it is written as it was loaded, without an error; each such write is counted and told',
      ),
    ],
  },
  {
    how: 'says of a row that is there that it was written, and keeps it',
    parts: {
      queries: {
        update: {
          statement: (table, rows, ...more) =>
            own.update.statement(
              table,
              rows.map((row) => ({ ...row, sid: 'other' })),
              ...more,
            ),
          answer: () => 1,
        },
      },
    },
    concerns: [ordering],
    laws: [lastOfLoaded('joined'), lastOfLoaded('made one by one')],
  },
  {
    how: 'gives every updated row the contents of the first',
    parts: {
      queries: {
        update: {
          ...own.update,
          statement: (table, rows) =>
            own.update.statement(
              table,
              rows.map((row) => ({ ...row, sess: rows[0]?.sess ?? row.sess })),
            ),
        },
      },
    },
    concerns: [updateBatches, endedSessions],
    laws: [
      writesThoseThere,
      'batches updated in the adapter’s own way: keep short and very long sessions each in its row',
      ended(
        'and others that were not: all that was loaded is written in one go, of those that are there',
      ),
    ],
  },
  {
    how: 'updates what the table takes for the session',
    parts: {
      createTable: foldingCase,
      queries: {
        update: {
          ...own.update,
          statement: (table, rows) =>
            edited(own.update.statement(table, rows), (sql) => sql.replace(/ collate binary/g, '')),
        },
      },
    },
    concerns: [updateBatches],
    laws: [
      'batches updated in the adapter’s own way: write only rows whose id is the same byte for byte',
    ],
  },
  {
    how: 'leaves out rows that it is to update and cannot',
    parts: {
      queries: {
        update: {
          ...own.update,
          statement: (table, rows) =>
            edited(own.update.statement(table, rows), (sql) =>
              sql.replace('update', 'update or ignore'),
            ),
        },
      },
    },
    concerns: [updateBatches],
    laws: ['batches updated in the adapter’s own way: change no row when they fail'],
  },
  {
    how: 'overwrites a live session by a new one',
    parts: {
      queries: {
        insert: { ...own.insert, statement: (table, rows) => sqlite.upsert(table, rows) },
      },
    },
    concerns: [insertBatches, endedSessions, overlappingSaves],
    laws: [
      savedAgain('leaves its id to whoever has it, as often as it is saved'),
      'batches inserted in the adapter’s own way: fail for an id that a live session has, and change no row then',
      ended('leaves its id to nobody else: a new session overwrites no live one'),
    ],
  },
  {
    how: 'gives the id of an expired session to no other',
    parts: {
      queries: {
        insert: {
          ...own.insert,
          statement: (table, rows) => own.insert.statement(table, rows, longAgo),
        },
      },
    },
    concerns: [insertBatches],
    laws: [
      'batches inserted in the adapter’s own way: write each row that is not there, or has expired',
    ],
  },
  {
    how: 'gives a new session the row of another one that the table takes for it',
    parts: {
      createTable: foldingCase,
      queries: {
        insert: {
          ...own.insert,
          statement: (table, rows) =>
            edited(
              own.insert.statement(
                table,
                rows.map((row) => ({ ...row })),
                toEpochMs(4e12),
              ),
              (sql) => sql.replace(/ collate binary/g, ''),
            ),
        },
      },
    },
    concerns: [insertBatches],
    laws: [
      'batches inserted in the adapter’s own way: fail for an id that the table takes for another one, expired or not, or store both',
    ],
  },
  {
    how: 'leaves out new rows that it cannot write',
    parts: {
      queries: {
        insert: {
          ...own.insert,
          statement: (table, rows, now) =>
            edited(own.insert.statement(table, rows, now), (sql) =>
              sql.replace('insert', 'insert or ignore'),
            ),
        },
      },
    },
    concerns: [insertBatches],
    laws: ['batches inserted in the adapter’s own way: change no row when they fail'],
  },
])
