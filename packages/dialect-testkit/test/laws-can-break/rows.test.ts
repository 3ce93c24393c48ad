import { touchBatches } from '../../src/laws/touch-batches.js'
import { toEpochMs } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { batches, destroyBatches, ownDestroyBatches, readBatches } from '../../src/laws/batches.js'
import { concurrency } from '../../src/laws/concurrency.js'
import { expiry } from '../../src/laws/expiry.js'
import { expressApp } from '../../src/laws/express-app.js'
import { model } from '../../src/laws/model.js'
import { ordering } from '../../src/laws/ordering.js'
import { refusedRows } from '../../src/laws/refused-rows.js'
import { sessionIds } from '../../src/laws/session-ids.js'
import { sessions } from '../../src/laws/sessions.js'
import { statements } from '../../src/laws/statements.js'
import { tablesOfOthers } from '../../src/laws/tables-of-others.js'
import { describeBreaks, edited, own } from './breaking.js'

const longAgo = toEpochMs(-62_000_000_000_000)

describeBreaks('tables made by others', [
  {
    how: 'leaves a row as it is whose session id has a key',
    parts: {
      upsert: (table, rows) =>
        edited(sqlite.upsert(table, rows), (sql) =>
          sql.replace(/ on conflict.*/s, '').replace('insert', 'insert or ignore'),
        ),
    },
    concerns: [tablesOfOthers],
    laws: ['tables made by others: work where the key of the session id is not the primary one'],
  },
])

describeBreaks('rows', [
  {
    how: 'loses the last row of an upsert',
    parts: {
      upsert: (table, rows) => sqlite.upsert(table, rows.length > 1 ? rows.slice(0, -1) : rows),
    },
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
    parts: {
      upsert: (table, rows) =>
        edited(sqlite.upsert(table, rows), (sql) => sql.replace(/do update.*$/, 'do nothing')),
    },
    concerns: [sessions, concurrency],
    laws: [
      'sessions: are null until they are set, then what was set, then what replaced it',
      'several stores at once: may write one session over and over',
    ],
  },
  {
    how: 'replaces the contents but not the expiry',
    parts: {
      upsert: (table, rows) =>
        edited(sqlite.upsert(table, rows), (sql) => sql.replace(/, `expired` = case when .*$/, '')),
    },
    concerns: [expiry, batches],
    laws: [
      'batches: of any size insert every row, then replace every row',
      'expiry: at once or in the past hides a session that was there',
    ],
  },
  {
    how: 'makes an upsert in two statements that are not atomic',
    parts: {
      upsert: (table, rows) =>
        edited(sqlite.upsert(table, rows), (sql) =>
          sql.replace('insert into', 'insert or ignore into'),
        ),
    },
    concerns: [batches],
    laws: ['batches: that fail change no row'],
  },
  {
    how: 'reads expired sessions',
    parts: {
      queries: {
        read: { ...own.read, statement: (table, sids) => own.read.statement(table, sids, longAgo) },
      },
    },
    concerns: [expiry, readBatches, expressApp],
    laws: [
      'expiry: comes at its time, not a step earlier or later',
      'expiry: is the same for get, all and length, one by one and in batches',
      'batches read in the adapter’s own way: find every live row, and none that has expired or is missing',
      'an Express app: forgets a session that has expired, and its id',
    ],
  },
  {
    how: 'takes an expiry that is now for a live one',
    parts: {
      queries: {
        read: {
          ...own.read,
          statement: (table, sids, now) =>
            edited(own.read.statement(table, sids, now), (sql) => sql.replace('> ?', '>= ?')),
        },
      },
    },
    concerns: [expiry],
    laws: ['expiry: comes at its time, not a step earlier or later'],
  },
  {
    how: 'brings expired sessions back by touching them',
    parts: {
      queries: {
        touch: {
          ...own.touch,
          statement: (table, rows, _now, options) =>
            own.touch.statement(table, rows, longAgo, options),
        },
      },
    },
    concerns: [expiry, touchBatches],
    laws: [
      'expiry: is for good: neither a touch nor the clock of a touch brings a session back',
      'batches touched in the adapter’s own way: move each live row to its own time, and make no new rows',
    ],
  },
  {
    how: 'gives every touched row the expiry of the first',
    parts: {
      queries: {
        touch: {
          ...own.touch,
          statement: (table, rows, now, options) =>
            own.touch.statement(
              table,
              rows.map((row) => ({ ...row, expired: rows[0]?.expired ?? row.expired })),
              now,
              options,
            ),
        },
      },
    },
    concerns: [expiry, touchBatches, sessionIds],
    laws: [
      'expiry: is moved for each session by its own touch when many share a statement',
      'session ids: stay distinct or are refused, never mixed up: wildcards and placeholders',
    ],
  },
  {
    how: 'says of every session it is to destroy that it was there',
    parts: {
      queries: {
        destroy: {
          ...own.destroy,
          answer: () => Array.from({ length: 128 }, (_, index) => `sid ${String(index)}`),
        },
      },
    },
    concerns: [destroyBatches, ownDestroyBatches],
    laws: [
      'batches of sessions to destroy: report which sessions were there',
      'batches destroyed in the adapter’s own way: delete the rows of those ids, expired or not, and no other, and say which or how many',
    ],
  },
  {
    how: 'destroys a session less than it is to',
    parts: {
      queries: {
        destroy: {
          ...own.destroy,
          statement: (table, sids) =>
            own.destroy.statement(table, sids.length > 1 ? sids.slice(1) : sids),
        },
      },
    },
    concerns: [destroyBatches, ownDestroyBatches, statements],
    laws: [
      'batches of sessions to destroy: report which sessions were there',
      'batches destroyed in the adapter’s own way: delete the rows of those ids, expired or not, and no other, and say which or how many',
      'statements: carry every row, up to the limits',
    ],
  },
  {
    how: 'miscounts the sessions it has destroyed',
    parts: { queries: { destroy: { ...own.destroy, answer: () => 1 } } },
    concerns: [destroyBatches, ownDestroyBatches],
    laws: [
      'batches of sessions to destroy: report which sessions were there',
      'batches destroyed in the adapter’s own way: delete the rows of those ids, expired or not, and no other, and say which or how many',
    ],
  },
  {
    how: 'skips rows that the database refuses',
    parts: {
      upsert: (table, rows) =>
        edited(sqlite.upsert(table, rows), (sql) =>
          sql.replace('insert into', 'insert or ignore into'),
        ),
    },
    concerns: [refusedRows],
    laws: [
      'a row that the database refuses: fails at once and by itself: those that share a statement with it arrive',
      'a row that the database refuses: takes no call for another session along, and none that comes later for the same one',
    ],
  },
  {
    how: 'keeps what was written first',
    parts: {
      upsert: (table, rows) =>
        edited(sqlite.upsert(table, rows), (sql) => sql.replace(/do update.*$/, 'do nothing')),
    },
    concerns: [ordering, refusedRows, model],
    laws: [
      'a row that the database refuses: leaves the calls that come while it is tried again in their order',
      'a store: behaves like a map with a clock, calls joined',
      'a store: behaves like a map with a clock, calls joined in one lane of small batches',
      'eight writers of one session: never lose the last write in up to 1,000 rounds, calls joined',
      'eight writers of one session: never lose the last write in up to 1,000 rounds, calls made one by one',
      'eight writers of one session: never lose the last call, be it a set, a touch or a destroy',
    ],
  },
])
