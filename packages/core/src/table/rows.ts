import { isDeepStrictEqual } from 'node:util'
import {
  expiryCodec,
  type Column,
  type DialectAdapter,
  type EpochMs,
  type SessionTable,
} from '../dialect/index.js'
import { SessionStoreError } from '../errors.js'
import type { StoredSession } from '../session/payload.js'

/** A row as the database gave it, by the names of fields. */
export type Cells = Readonly<Record<string, unknown>>

/** What one page is to hold. */
export interface PageRange {
  /** The most rows. */
  readonly limit: number
  /** The first id, in the order of the column. Default: the first of all. */
  readonly from?: string
}

/**
 * The session in a row; throws an error with code `ERR_UNREADABLE_SESSION` for one that cannot be
 * read.
 */
export function sessionIn(row: Cells, adapter: DialectAdapter, table: SessionTable): StoredSession {
  const { json, name } = adapter
  try {
    const session = {
      sess: json.decode(row['sess']),
      expired: expiryCodec(adapter, table).decode(row['expired']),
    }
    const { userId, createdAt, version } = table.column
    return (userId ?? createdAt ?? version)
      ? {
          ...session,
          ...(userId && { userId: textIn(row['userId']) }),
          ...(createdAt && { createdAt: timeIn(row['createdAt'], adapter, createdAt) }),
          ...(version && { version: textIn(row['version']) }),
        }
      : session
  } catch {
    const message =
      'a row of the session table cannot be read: a cell is not of the type that the dialect knows; remove or mend the row'
    throw new SessionStoreError({ code: 'ERR_UNREADABLE_SESSION', dialect: name, message })
  }
}

function textIn(cell: unknown): string | null {
  return typeof cell === 'string' ? cell : null
}

/** The time in a cell, `undefined` where there is none, or none that can be read. */
export function timeIn(
  cell: unknown,
  { timestamp }: DialectAdapter,
  column: Column | undefined,
): EpochMs | undefined {
  if (cell === null || cell === undefined) return undefined
  try {
    return (column?.codec ?? timestamp).decode(cell)
  } catch {
    return undefined
  }
}

/**
 * Whether a statement about one session failed because the column cannot hold its id, so that there
 * is no such session.
 */
export function nobodyHas(asked: readonly unknown[], error: unknown): boolean {
  return asked.length === 1 && error instanceof SessionStoreError && error.kind === 'sid-impossible'
}

/** Whether a stored session is the one of this text, in whatever form the column gives it back. */
export function holds({ sess }: StoredSession, text: string): boolean {
  return sess === text || isDeepStrictEqual(JSON.parse(sess), JSON.parse(text))
}

/** The error for a new session whose id a live one has. */
export function sidTaken({ name }: DialectAdapter): SessionStoreError {
  const message =
    "a new session has the id of another one that has not expired; check the application's `genid`"
  return new SessionStoreError({ code: 'ERR_SID_TAKEN', kind: 'sid-taken', dialect: name, message })
}
