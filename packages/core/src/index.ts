export type { BatchMessage, CallMessage, StatementMessage, WorkMessage } from './diagnostics.js'
export type { SessionStoreErrorCode, SessionStoreErrorParts } from './errors.js'
export type { Outage } from './delivery/delivery.js'
export type { Serializer } from './session/payload.js'
export type {
  BatchOptions,
  KnexSessionStoreOptions,
  ResolvedOptions,
} from './store/options/options.js'
export type { StoreStats } from './store/parts.js'
export type { SessionEntry } from './store/session-lists.js'
export type { EndedSession, SessionInfo, SessionsOfUser } from './session/user.js'
export type { OnConflict } from './session/rows.js'
export { mergeTopLevel, SessionStoreError, type SessionStore } from './standalone.js'
export { KnexSessionStore } from './express-session.js'
