/** What an adapter's author needs: the interface, its definition, the registry and pieces of SQL text. No store, no knex. */
export { toEpochMs } from './adapter.js'
export type {
  Column,
  ColumnCodec,
  ColumnType,
  CompleteCodec,
  DialectAdapter,
  DialectSpec,
  EpochMs,
  ErrorKind,
  ExactSid,
  LockPurpose,
  Pruned,
  PruneRange,
  ServerInfo,
  SessionExpiry,
  SessionRow,
  SessionTable,
  TouchOptions,
} from './adapter.js'
export type { Backend, CancelMeans, DriverAccess } from './driver.js'
export type { Statement, StatementLimits } from './statement.js'
export { defineDialect } from './define.js'
export { isoText } from './iso-text.js'
export { dialectOf, registerDialect, registeredDialects } from './registry.js'
export type { KnexLike } from './registry.js'
export {
  encodeColumn,
  expiryCodec,
  expiryIndexName,
  hasLoneSurrogate,
  nestingDepth,
  padWithLast,
  padWithShortest,
  paddedCount,
  parameterOf,
  qualifiedName,
  quoteBetween,
  repeat,
  statementName,
  textBySize,
  wrapJson,
} from './sql.js'
export { sessionTable } from './table.js'
export type { SessionTableNames } from './table.js'
