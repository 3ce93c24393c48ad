import assert from 'node:assert/strict'
import {
  sessionTable,
  toEpochMs,
  type DialectAdapter,
  type EpochMs,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { canary, plainRows } from '../scene/rows.js'

/** What the values of a statement are made from. */
interface Values {
  readonly now: EpochMs
  readonly salt: string
}

const someValues: Values = { now: toEpochMs(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), salt: 'some' }
const otherValues: Values = {
  now: toEpochMs(Date.UTC(2031, 10, 12, 13, 14, 15, 161)),
  salt: 'others',
}
const { now } = someValues

/** A statement that an adapter made for `count` rows. */
interface Sample {
  readonly of: string
  readonly count: number
  readonly statement: Statement
}

/** Tables of different names, among them two that are equal but not the same object. */
const tables = [
  sessionTable(),
  sessionTable(),
  sessionTable({ tableName: 'user-sessions', columns: { sid: 'SessionId' } }),
  sessionTable({ tableName: 'sessions', schemaName: 'other' }),
]

/** The sizes at the edges of what the adapter promises to take. */
function sizesUpTo(limit: number): readonly number[] {
  return [...new Set([1, 2, 3, limit - 1, limit])].filter((size) => size >= 1 && size <= limit)
}

/** Every kind of statement with values for the given number of rows. */
function statementsFor(
  adapter: DialectAdapter,
  table: SessionTable,
  count: number,
  { now, salt } = someValues,
): readonly Sample[] {
  const rows = plainRows(count, now, salt)
  const sids = rows.map((row) => row.sid)
  const expiries = rows.map(({ sid, expired }) => ({ sid, expired }))
  const samples: Sample[] = []
  const add = (of: string, statement: Statement | undefined) => {
    if (statement) samples.push({ of: `${of} of ${String(count)}`, count, statement })
  }
  if (count <= adapter.limits.rows) {
    add('upsert', adapter.upsert(table, rows))
    add('touch', adapter.queries?.touch?.statement(table, expiries, now, { durable: false }))
    add('durable touch', adapter.queries?.touch?.statement(table, expiries, now, { durable: true }))
  }
  if (count <= adapter.limits.sids) {
    add('read', adapter.queries?.read?.statement(table, sids, now))
    add('destroy', adapter.queries?.destroy?.statement(table, sids))
    add('look for rows', adapter.queries?.exists?.statement(table, sids))
    add('look for locks', adapter.queries?.skipLocked?.statement(table, sids, 'update'))
    add(
      'look for locks before a delete',
      adapter.queries?.skipLocked?.statement(table, sids, 'delete'),
    )
  }
  return samples
}

function everySample(adapter: DialectAdapter, values = someValues): readonly Sample[] {
  const sizes = new Set([...sizesUpTo(adapter.limits.rows), ...sizesUpTo(adapter.limits.sids)])
  return tables.flatMap((table) => [
    ...adapter
      .createTable(table, {})
      .map((statement) => ({ of: 'createTable', count: 0, statement })),
    ...[{ limit: 1 }, { limit: 50, from: values.now }].flatMap((range) => {
      const statement = adapter.queries?.prune?.statement(table, values.now, range)
      return statement ? [{ of: 'prune', count: 0, statement }] : []
    }),
    ...[...sizes].flatMap((size) => statementsFor(adapter, table, size, values)),
  ])
}

/** Placeholders as knex counts them: every `?` that no backslash stands before. */
function placeholdersIn(sql: string): number {
  return sql.replaceAll('\\?', '').split('?').length - 1
}

/**
 * Bindings as text: arrays, JSON lists and separators of the adapter's own keep the values
 * readable.
 */
function textOf(bindings: readonly unknown[]): string {
  return JSON.stringify(bindings, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values<unknown>(Object.freeze(value))) deepFreeze(member)
  }
  return value
}

/** Statements: pure functions of their arguments, values only in bindings. */
export const statements: Concern = {
  title: 'statements',
  pure: {
    'come from an adapter that nothing can change'({ adapter }) {
      for (const part of [
        adapter,
        adapter.json,
        adapter.timestamp,
        adapter.limits,
        adapter.clients,
      ])
        assert.ok(Object.isFrozen(part))
    },

    'are equal for equal arguments'({ adapter }) {
      assert.deepEqual(everySample(adapter), everySample(adapter))
      const [first, equal] = tables
      assert.ok(first && equal && first !== equal)
      for (const size of sizesUpTo(adapter.limits.rows)) {
        assert.deepEqual(
          statementsFor(adapter, first, size),
          statementsFor(adapter, equal, size),
          'an equal table gave another statement',
        )
      }
    },

    'leave their arguments as they were'({ adapter }) {
      const table = deepFreeze(sessionTable({ tableName: 'frozen' }))
      const rows = deepFreeze(plainRows(3, now))
      adapter.createTable(table, deepFreeze({}))
      adapter.upsert(table, rows)
      adapter.queries?.touch?.statement(table, rows, now, { durable: false })
      adapter.queries?.read?.statement(table, deepFreeze(rows.map((row) => row.sid)), now)
    },

    'have as many placeholders as bindings'({ adapter }) {
      for (const { of, statement } of everySample(adapter)) {
        assert.equal(placeholdersIn(statement.sql), statement.bindings.length, of)
        assert.ok(
          !statement.sql.replaceAll('\\?', '').includes('??'),
          `${of}: knex takes ?? for an identifier`,
        )
      }
    },

    'bind nothing that is undefined'({ adapter }) {
      for (const { of, statement } of everySample(adapter))
        assert.ok(!statement.bindings.includes(undefined), of)
    },

    'never hold a value of a session in their text, nor in their name'({ adapter }) {
      for (const { of, statement } of everySample(adapter)) {
        assert.ok(!`${statement.sql} ${statement.name ?? ''}`.includes(canary), of)
      }
    },

    'have a text and a name that follow from the number of rows, never from their values'({
      adapter,
    }) {
      const others = everySample(adapter, otherValues)
      everySample(adapter).forEach(({ of, statement }, index) => {
        assert.equal(statement.sql, others[index]?.statement.sql, of)
        assert.equal(statement.name, others[index]?.statement.name, of)
      })
    },

    'have one text for one name, and a name that servers do not cut'({ adapter }) {
      const texts = new Map<string, string>()
      for (const { of, statement } of everySample(adapter)) {
        if (statement.name === undefined) continue
        assert.ok(/^[\w$-]{1,63}$/.test(statement.name), of)
        assert.equal(texts.get(statement.name) ?? statement.sql, statement.sql, of)
        texts.set(statement.name, statement.sql)
      }
    },

    'have few names, since each connection keeps a prepared statement for every one'({ adapter }) {
      const names = new Set<string | undefined>()
      for (let size = 1; size <= adapter.limits.rows; size++) {
        for (const { statement } of statementsFor(adapter, sessionTable(), size))
          names.add(statement.name)
      }
      assert.ok(names.size <= 96, `${String(names.size)} names`)
    },

    'carry every row, up to the limits'({ adapter }) {
      for (const { of, count, statement } of everySample(adapter)) {
        const carried = textOf(statement.bindings)
        for (const { sid } of plainRows(count, now, someValues.salt))
          assert.ok(carried.includes(sid), `${of}: a row is missing`)
      }
    },
  },
}
