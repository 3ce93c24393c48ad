import { nestingDepth, toEpochMs, wrapJson } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { codecs } from '../../src/laws/codecs.js'
import { errors } from '../../src/laws/errors.js'
import { expiry } from '../../src/laws/expiry.js'
import { legacyTables } from '../../src/laws/legacy-tables.js'
import { queriedJson } from '../../src/laws/queried-json.js'
import { secrecy } from '../../src/laws/secrecy.js'
import { describeBreaks, writing } from './breaking.js'

const lastOfFourDigits = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const wholeSeconds = (at: number) => toEpochMs(Math.floor(at / 1000) * 1000)

describeBreaks('contents and times', [
  {
    how: 'cuts an expiry to the second',
    parts: {
      ...writing((row) => ({ ...row, expired: wholeSeconds(row.expired) })),
      timestamp: { ...sqlite.timestamp, encode: (at) => sqlite.timestamp.encode(wholeSeconds(at)) },
    },
    concerns: [codecs],
    laws: [
      'sessions and times: never share an encoding with a neighbour',
      'sessions and times: keep any expiry to the millisecond',
      'sessions and times: keep every millisecond of a second',
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
    laws: [
      'sessions and times: come back whatever text they hold',
      'sessions and times: come back whatever JSON they are',
    ],
  },
  {
    how: 'cuts long sessions',
    parts: writing((row) => (row.sess.length < 65_536 ? row : { ...row, sess: '{}' })),
    concerns: [codecs],
    laws: ['sessions and times: come back a megabyte long'],
  },
  {
    how: 'loses what is not plain text, also on tables that were there',
    parts: writing((row) => ({ ...row, sess: row.sess.replace(/\\u0000|\\ud[89a-f]../g, '') })),
    concerns: [legacyTables],
    laws: ['tables of connect-session-knex: give back whatever text sessions hold'],
  },
  {
    how: 'stores sessions with long numbers as JSON strings',
    parts: writing((row) => (/\d{17}/.test(row.sess) ? { ...row, sess: wrapJson(row.sess) } : row)),
    concerns: [queriedJson],
    laws: ['a session: is JSON that the database can query, whatever it holds'],
  },
  {
    how: 'changes keys that JavaScript knows',
    parts: writing((row) => ({ ...row, sess: row.sess.replaceAll('__proto__', 'proto') })),
    concerns: [codecs],
    laws: ['sessions and times: come back whatever their keys are called'],
  },
  {
    how: 'quotes a session in an error of its own',
    parts: {
      upsert(table, rows) {
        if (rows.length > 0) throw new Error(`cannot write ${JSON.stringify(rows)}`)
        return sqlite.upsert(table, rows)
      },
    },
    concerns: [secrecy, errors],
    laws: [
      'no error, event or line that is printed gives a session away: when the database refuses a row',
      'no error, event or line that is printed gives a session away: when an id is taken',
      'no error, event or line that is printed gives a session away: when code of the application fails',
      'no error, event or line that is printed gives a session away: when a row cannot be read',
      'errors: say nothing of a session that cannot be serialized or read',
    ],
  },
  {
    how: 'guesses at cells that it cannot read',
    parts: {
      json: { ...sqlite.json, decode: (cell) => String(cell) },
      timestamp: { ...sqlite.timestamp, decode: (cell) => toEpochMs(Number(cell) || 0) },
    },
    concerns: [codecs],
    laws: [
      'sessions and times: are never guessed: a cell that cannot be read is a TypeError that does not quote it',
    ],
  },
  {
    how: 'fails for years that it does not know',
    parts: {
      timestamp: {
        ...sqlite.timestamp,
        encode(at) {
          if (at < 0 || at > 253_402_300_799_999) throw new RangeError('what year is that?')
          return sqlite.timestamp.encode(at)
        },
      },
    },
    concerns: [codecs],
    laws: ['sessions and times: can be encoded at every point in time that a Date can hold'],
  },
  {
    how: 'writes JSON anew',
    parts: writing((row) => ({
      ...row,
      sess: JSON.stringify(
        JSON.parse(row.sess, (_, value: unknown) =>
          typeof value === 'number' ? Math.fround(value) : value,
        ),
      ),
    })),
    concerns: [codecs],
    laws: [
      'sessions and times: come back with every number that JSON has',
      'sessions and times: come back whatever JSON they are',
    ],
  },
  {
    how: 'gives up on what is nested deeply, or longer than some string of a driver',
    parts: writing((row) =>
      nestingDepth(row.sess) > 100 || row.sess.length > 4_000 ? { ...row, sess: '{}' } : row,
    ),
    concerns: [codecs],
    laws: [
      'sessions and times: come back nested 200 levels deep',
      'sessions and times: come back in any length around the limits of strings in drivers',
      'sessions and times: come back when many of all kinds share a statement',
    ],
  },
  {
    how: 'keeps an expiry too early',
    parts: writing((row) => ({
      ...row,
      expired: toEpochMs(row.expired % 60_000 === 0 ? row.expired - 1 : row.expired),
    })),
    concerns: [codecs],
    laws: ['sessions and times: keep an expiry to the millisecond where clocks turn over'],
  },
  {
    how: 'keeps nothing but JSON objects',
    parts: writing((row) => (row.sess.startsWith('{') ? row : { ...row, sess: '{}' })),
    concerns: [codecs],
    laws: ['sessions and times: come back as the serializer wrote them, be it JSON or not'],
  },
  {
    how: 'takes times that it cannot say for the beginning of time',
    parts: writing((row) => ({
      ...row,
      expired: toEpochMs(row.expired > lastOfFourDigits ? 0 : row.expired),
    })),
    concerns: [codecs],
    laws: ['sessions and times: live on when they end later than the column can hold'],
  },
  {
    how: 'takes times that it cannot say for the end of time',
    parts: writing((row) => ({
      ...row,
      expired: toEpochMs(row.expired < 0 ? lastOfFourDigits : row.expired),
    })),
    concerns: [codecs],
    laws: ['sessions and times: are gone when they ended earlier than the column can hold'],
  },
])
