import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from '../src/adapter.js'

/**
 * The adapter's own statements on PostgreSQL, which knows all of them but the indexes within
 * `create table`: those are made by themselves, and not by hash.
 */
export const onPostgres: DialectAdapter = defineDialect({
  ...adapter,
  createTable: (table, server) =>
    adapter.createTable(table, server).flatMap(({ sql }) => {
      const name = /^create table (.*?) \((?=")/.exec(sql)?.[1] ?? ''
      const indexes = Array.from(
        sql.matchAll(/, index \(([^)]*)\)(?: using hash)?/g),
        ([, column]) => `create index on ${name} (${column ?? ''})`,
      )
      const table = sql.replaceAll(/, index \([^)]*\)(?: using hash)?/g, '')
      return [{ sql: [table, ...indexes].join('; '), bindings: [] }]
    }),
})
