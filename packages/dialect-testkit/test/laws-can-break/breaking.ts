import {
  defineDialect,
  type DialectQueries,
  type DialectSpec,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'
import type { Knex } from 'knex'
import type { Concern } from '../../src/kit/concern.js'
import { describeLaws } from '../../src/kit/describe-laws.js'
import type { ConformanceTarget, SidColumn } from '../../src/kit/target.js'
import { CollectingRunner } from '../collecting-runner.js'
import { connectInMemory } from '../connect-in-memory.js'

/** What a broken dialect is tried on. */
export type BreakTarget = Partial<
  Pick<ConformanceTarget, 'connectRefused' | 'schemaName' | 'sidColumns' | 'expiryIndexes'>
> & {
  readonly connect?: () => Knex
}

/**
 * The laws that the SQLite adapter breaks when parts of it, single `queries` too, or the knex
 * client are replaced.
 */
export async function brokenBy(
  parts: Partial<DialectSpec>,
  concerns: readonly Concern[],
  { connect = connectInMemory, ...more }: BreakTarget = {},
): Promise<readonly string[]> {
  const queries =
    'queries' in parts && parts.queries === undefined
      ? undefined
      : { ...sqlite.queries, ...parts.queries }
  const adapter = defineDialect({ ...sqlite, ...parts, queries })
  const runner = new CollectingRunner()
  const userInJson = (column: string) => `json_extract(${column}, '$.passport.user')`
  const target = {
    name: 'a broken dialect',
    adapter,
    connect: () => connect(),
    userInJson,
    capabilities: { knexInstances: 1 },
    ...more,
  }
  describeLaws(runner, target, concerns)
  const verdicts = await runner.run()
  return verdicts.filter(({ broken }) => broken !== undefined).map(({ law }) => law)
}

/** An adapter that is wrong in one way, and laws that must notice, among others. */
export interface Break {
  readonly how: string
  readonly parts: Partial<DialectSpec>
  readonly concerns: readonly Concern[]
  readonly sidColumns?: readonly SidColumn[]
  readonly target?: BreakTarget
  readonly laws: readonly string[]
}

/** Defines a test for each broken adapter. */
export function describeBreaks(subject: string, breaks: readonly Break[]): void {
  describe(`the laws on ${subject}`, () => {
    it.each(breaks)(
      'notice an adapter that $how',
      async ({ parts, concerns, sidColumns = [], target, laws }) => {
        expect(await brokenBy(parts, concerns, { sidColumns, ...target })).toEqual(
          expect.arrayContaining([...laws]),
        )
      },
    )
  })
}

/** A statement changed after it was made. */
export function edited(statement: Statement, edit: (sql: string) => string): Statement {
  return { ...statement, sql: edit(statement.sql) }
}

/** SQLite's own statements that other adapters may lack. */
export const own = sqlite.queries as Present<
  Pick<DialectQueries, 'read' | 'update' | 'insert' | 'touch' | 'prune' | 'destroy'>
>

type Present<Members> = { readonly [Name in keyof Members]-?: NonNullable<Members[Name]> }

/** A function that makes another table. */
export const createEdited = (edit: (sql: string) => string) => (table: SessionTable) =>
  sqlite.createTable(table, {}).map((statement) => edited(statement, edit))

/** An adapter that writes other rows than it is given. */
export const writing = (change: (row: SessionRow) => SessionRow): Partial<DialectSpec> => ({
  upsert: (table, rows) => sqlite.upsert(table, rows.map(change)),
})

/** An adapter that touches by other rows than it is given. */
export const touching = (change: (row: SessionExpiry) => SessionExpiry): Partial<DialectSpec> => ({
  queries: {
    touch: {
      statement: (table, rows, now, options) =>
        own.touch.statement(table, rows.map(change), now, options),
      answer: () => undefined,
    },
  },
})
