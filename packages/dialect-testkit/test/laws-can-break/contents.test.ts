import { toEpochMs } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { codecs } from '../../src/laws/codecs.js'
import { expiry } from '../../src/laws/expiry.js'
import { legacyTables } from '../../src/laws/legacy-tables.js'
import { secrecy } from '../../src/laws/secrecy.js'
import { describeBreaks, writing } from './breaking.js'

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
    how: 'loses what is not plain text, also on tables that were there',
    parts: writing((row) => ({ ...row, sess: row.sess.replace(/\\u0000|\\ud[89a-f]../g, '') })),
    concerns: [legacyTables],
    laws: ['tables of connect-session-knex: give back whatever text sessions hold'],
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
        if (rows.some((row) => row.sess.includes('secret'))) throw new Error(`cannot write ${JSON.stringify(rows)}`)
        return sqlite.upsert(table, rows)
      },
    },
    concerns: [secrecy],
    laws: ['no error, event or line that is printed gives a session away: when the database refuses a row'],
  },
])
