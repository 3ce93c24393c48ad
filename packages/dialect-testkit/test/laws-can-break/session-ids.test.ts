import { type DialectSpec } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import { legacyTables } from '../../src/laws/legacy-tables.js'
import { model } from '../../src/laws/model.js'
import { sessionIds } from '../../src/laws/session-ids.js'
import { sidColumns } from '../../src/laws/sid-columns.js'
import { createEdited, describeBreaks, edited, own, writing } from './breaking.js'

/** As if every column's collation distinguished ids. */
const careless: Partial<DialectSpec> = {
  exactSid: undefined,
  upsert: (table, rows) =>
    edited(sqlite.upsert(table, rows), (sql) =>
      sql.replace(/case when .* end$/, 'excluded.`expired`'),
    ),
  queries: { touch: undefined },
}

describeBreaks('session ids', [
  {
    how: 'compares session ids without regard to case',
    parts: {
      createTable: createEdited((sql) =>
        sql.replace('varchar(255)', 'varchar(255) collate nocase'),
      ),
      ...careless,
    },
    concerns: [sessionIds, model],
    laws: [
      'session ids: stay distinct or are refused, never mixed up: capital and small letters',
      'session ids: are plain letters and digits, whose case counts, on every database',
      'a store: behaves like a map with a clock, calls joined',
      'a store: behaves like a map with a clock, calls made one by one',
    ],
  },
  {
    how: 'ignores blanks at the end of session ids',
    parts: {
      createTable: createEdited((sql) => sql.replace('varchar(255)', 'varchar(255) collate rtrim')),
    },
    concerns: [sessionIds],
    laws: [],
  },
  {
    how: 'stores ids that look like numbers as numbers',
    parts: { createTable: createEdited((sql) => sql.replace('varchar(255)', 'numeric')) },
    concerns: [sessionIds],
    laws: [
      'session ids: stay distinct or are refused, never mixed up: digits that could be numbers',
    ],
  },
  {
    how: 'takes the row of another session for the one that it writes, touches or destroys',
    parts: careless,
    concerns: [sidColumns],
    sidColumns: [{ type: 'varchar(255) collate nocase' }],
    laws: [
      'a column for session ids of another type: keep ids distinct or refuse them, never mix them up: capital and small letters',
      'a column for session ids of another type: keep ids distinct or refuse them, never mix them up: digits that could be numbers',
      'a column for session ids of another type: refuse an id that they cannot keep at once and by itself, with an error that says so',
    ],
  },
  {
    how: 'cuts ids, and changes characters beyond ASCII',
    parts: writing((row) => ({ ...row, sid: row.sid.slice(0, 250).replace(/[^ -~]/g, '?') })),
    concerns: [sidColumns, legacyTables],
    sidColumns: [{ type: 'varchar(255)' }],
    laws: [
      'a column for session ids of another type: keep ids distinct or refuse them, never mix them up: characters that are missing, and what stands for them',
      'a column for session ids of another type: keep ids distinct or refuse them, never mix them up: the same 254 characters at the start',
      'a column for session ids of another type: keep ids distinct or refuse them, never mix them up: accents, composed and decomposed',
      'a column for session ids of another type: keep ids distinct or refuse them, never mix them up: characters that nobody sees',
      'tables of connect-session-knex: keep ids distinct or refuse them, never mix them up: accents, composed and decomposed',
      'tables of connect-session-knex: keep ids distinct or refuse them, never mix them up: full width, half width and kana',
      'tables of connect-session-knex: keep ids distinct or refuse them, never mix them up: characters beyond the first 65,536',
      'tables of connect-session-knex: keep ids distinct or refuse them, never mix them up: the same 254 characters at the start',
    ],
  },
  {
    how: 'writes ids in small letters',
    parts: writing((row) => ({ ...row, sid: row.sid.toLowerCase() })),
    concerns: [sessionIds, legacyTables, sidColumns],
    sidColumns: [{ type: 'varchar(255)' }],
    laws: [
      'session ids: stay distinct or are refused, never mixed up: whatever is drawn',
      'tables of connect-session-knex: keep ids distinct or refuse them, never mix them up: whatever is drawn',
      'tables of connect-session-knex: refuse an id that their collation takes for a stored one at once, by an error that says so',
      'a column for session ids of another type: keep ids distinct or refuse them, never mix them up: whatever is drawn',
    ],
  },
  {
    how: 'trims ids and doubles the quotes in them',
    parts: writing((row) => ({
      ...row,
      sid: row.sid.trim().replaceAll("'", "''").replaceAll('\\', ''),
    })),
    concerns: [sessionIds, legacyTables],
    laws: ['session ids', 'tables of connect-session-knex'].flatMap((title, index) =>
      ['blanks at either end', 'quotes and backslashes', 'wildcards and placeholders'].map(
        (what) =>
          index === 0
            ? `${title}: stay distinct or are refused, never mixed up: ${what}`
            : `${title}: keep ids distinct or refuse them, never mix them up: ${what}`,
      ),
    ),
  },
  {
    how: 'has a narrow column for session ids',
    parts: {
      createTable: createEdited((sql) =>
        sql.replace('varchar(255)', 'varchar(255) check (length(sid) < 255)'),
      ),
    },
    concerns: [sessionIds],
    laws: [
      'session ids: may be 255 characters long, of one to four bytes each',
      'session ids: stay distinct or are refused, never mixed up: the same 254 characters at the start',
    ],
  },
  {
    how: 'splits a list of ids at its commas',
    parts: {
      queries: {
        read: {
          ...own.read,
          statement: (table, sids, now) =>
            own.read.statement(table, sids.join(',').split(/[,;|\n]/), now),
        },
      },
    },
    concerns: [sessionIds],
    laws: ['session ids: stay distinct or are refused, never mixed up: separators of lists'],
  },
])
