import {
  sessionTable,
  toEpochMs,
  type EpochMs,
  type SessionRow,
  type SessionTable,
} from '@knex-session/core/dialect'

/** When the goldens of every dialect are made. */
export const now: EpochMs = toEpochMs(Date.UTC(2026, 0, 31, 12, 0, 0, 678))

/** A table with the usual names. */
export const table: SessionTable = sessionTable()

/** One whose names have to be quoted. */
export const hostile: SessionTable = sessionTable({
  schemaName: 'auth',
  tableName: 'user-sessions',
  columns: { sid: 'SessionId' },
})

export const rows: readonly SessionRow[] = ['a', 'b', 'c'].map((sid, index) => ({
  sid,
  sess: `{"n":${index}}`,
  expired: toEpochMs(now + index),
}))

/** As many rows. */
export const many = (count: number): SessionRow[] =>
  Array.from({ length: count }, (_, index) => ({ ...rows[0]!, sid: `sid-${index}` }))

/** A table with the columns of users. */
export const tableOfUsers: SessionTable = sessionTable({ userId: true })

/** Rows of a user and of nobody. */
export const rowsOfUsers: readonly SessionRow[] = ['ann', null].map((userId, index) => ({
  sid: `s${String(index)}`,
  sess: `{"n":${String(index)}}`,
  expired: toEpochMs(now + index),
  userId,
  createdAt: now,
  lastSeenAt: now,
}))

/** A table with versions. */
export const tableOfVersions: SessionTable = sessionTable({ absoluteTtl: true, onConflict: true })

/** Rows that are made from one version. */
export const rowsWithVersions: readonly SessionRow[] = ['a', 'b'].map((sid) => ({
  sid,
  sess: `{"of":"${sid}"}`,
  expired: now,
  createdAt: now,
  version: `${sid.repeat(16)}0123456789abcdef`,
}))
