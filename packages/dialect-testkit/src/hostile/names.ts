/** Names that every database takes in quotes. */
export const ordinaryNames: readonly string[] = [
  'user-sessions',
  'UserSessions',
  'user sessions',
  'sessions.v2',
  'SESSIONS',
  '1st',
  'séance',
  'セッション',
  'a$b',
]

/**
 * Beginnings by which a database may take a table for a temporary one, which is gone with the
 * connection or the statement.
 */
export const temporaryMarks: readonly string[] = ['#', '##', 'ORA$PTT_']

/** Names that a database may refuse but must not misread. */
export const hostileNames: readonly string[] = [
  'a"b',
  'a`b',
  "a'b",
  'a]b',
  '[a]',
  '"a"',
  '`a`',
  '"; drop table x; --',
  '/* a',
  '-- a',
  ':a :b',
  '$1',
  '@p0',
  '%s',
  'a\\b',
  'a\\',
  'a;b',
  'a~b',
  'a{b}',
  'sessions 🍪',
  'e\u0301te\u0301',
]

/** Words that SQL keeps for itself. */
export const reservedWords: readonly string[] = [
  'order',
  'table',
  'select',
  'where',
  'group',
  'primary',
  'from',
  'insert',
  'values',
]

/** Names for the column of the session id. */
export const columnNames: readonly string[] = [
  'SessionId',
  'session id',
  'session-id',
  'order',
  'select',
  'SID',
  'id',
  'séance',
  'sid.1',
  'p_sid',
  'excluded',
  'v',
  't',
  'rowid_1',
]
