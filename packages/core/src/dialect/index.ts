/**
 * What the author of an adapter needs: the interface, `defineDialect`, the registry and pieces of
 * SQL text. No store, no knex.
 */
export { isoText, parseIsoText } from './values/iso-text.js'
export { toEpochMs } from './values/values.js'
export type {
  ColumnCodec,
  CompleteCodec,
  EpochMs,
  ServerInfo,
  SessionExpiry,
  SessionRow,
} from './values/values.js'
export { sessionTable, withColumns } from './table.js'
export type {
  Column,
  ColumnNames,
  ColumnType,
  SessionTable,
  SessionTableNames,
  TimeColumn,
  TimeCodecs,
  TimeType,
} from './table.js'
export { SessionStoreError } from '../errors.js'
export type { ErrorKind } from '../errors.js'
export type {
  Backend,
  CancelMeans,
  DialectAdapter,
  DialectSpec,
  DriverAccess,
  ExactSid,
  PlainSid,
} from './adapter.js'
export type {
  DialectQueries,
  DialectServer,
  LockPurpose,
  Pruned,
  PruneRange,
  Query,
  Statement,
  StatementLimits,
  TouchOptions,
  WriteOptions,
} from './queries.js'
export { shortSid, unfitUser } from './values/unfit-columns.js'
export type { FoundUserColumn } from './values/unfit-columns.js'
export { defineDialect } from './define.js'
export { dialectOf, registerDialect, registeredDialects } from './registry.js'
export type { KnexLike } from './registry.js'
export {
  encodeColumn,
  expiryCodec,
  expiryIndexName,
  follows,
  formerOf,
  hasLoneSurrogate,
  indexedColumns,
  indexName,
  nestingDepth,
  padWithLast,
  padWithShortest,
  paddedCount,
  parameterOf,
  qualifiedName,
  quoteBetween,
  repeat,
  selectColumn,
  statementName,
  textBySize,
  wrapJson,
  writtenBy,
} from './sql.js'
