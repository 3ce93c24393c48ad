import { createRequire } from 'node:module'
import knex, { type Knex } from 'knex'

const load = createRequire(__filename)
const { monkeyPatchConnection } = load('knex/lib/dialects/oracledb/utils') as {
  monkeyPatchConnection(connection: object, client: object): void
}
const errors = load('oracledb/lib/errors.js') as { transformErr(error: Error): Error }

/**
 * An error of the server as the thin driver makes it (`lib/thin/protocol/protocol.js`,
 * `_raiseException`).
 */
export function oracleError(errorNum: number, text = 'refused'): Error {
  const message = `ORA-${String(errorNum).padStart(5, '0')}: ${text}`
  return errors.transformErr(
    Object.assign(new Error(message), { offset: 0, errorNum, isRecoverable: false }),
  )
}

/**
 * How a statement ends: its rows, or an error that is thrown. It takes as long as a promise does.
 */
export type Execute = (
  sql: string,
  options: Readonly<Record<string, unknown>>,
) => readonly object[] | Promise<readonly object[]>

type Done = (error: unknown, result?: unknown) => void

/**
 * A connection as node-oracledb's, as far as knex and the store use it: methods take a callback or
 * give a promise, one call runs after the other except `break`, which ends the statement under way
 * with ORA-01013. Nothing is run; `calls` lists what was asked for.
 */
export class FakeConnection {
  readonly oracleServerVersionString = '19.0.0.0.0'
  readonly calls: string[] = []
  /** What comes back by a bind. */
  found = 1
  /** A rollback that is never answered. */
  stuck = false
  readonly #execute: Execute
  #stop: (error: Error) => void = () => undefined

  constructor(execute: Execute) {
    this.#execute = execute
  }

  execute(
    sql: string,
    binds: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
    done: Done,
  ): void {
    const kind = /\b(upsert|insert|update|delete|create|select)\b/.exec(sql)?.[0] ?? sql
    this.calls.push(`execute ${kind}${options['autoCommit'] === true ? ', commit' : ''}`)
    const outBinds = binds.filter(isOut).map(() => this.found)
    const stopped = new Promise<never>((__, reject) => (this.#stop = reject))
    Promise.race([(async () => this.#execute(sql, options))(), stopped]).then(
      (rows) =>
        done(
          null,
          options['resultSet'] === true
            ? { resultSet: resultSetOf(rows) }
            : outBinds.length > 0
              ? { outBinds }
              : { rows, rowsAffected: 0 },
        ),
      (error: unknown) => done(error),
    )
  }

  commit(done?: Done): Promise<void> {
    return this.#answer('commit', done)
  }

  rollback(done?: Done): Promise<void> {
    if (!this.stuck) return this.#answer('rollback', done)
    this.calls.push('rollback')
    return new Promise(() => undefined)
  }

  break(done?: Done): Promise<void> {
    this.#stop(oracleError(1013))
    return this.#answer('break', done)
  }

  close(): Promise<void> {
    return this.#answer('close')
  }

  release(): Promise<void> {
    return this.close()
  }

  #answer(call: string, done?: Done): Promise<void> {
    this.calls.push(call)
    if (done) process.nextTick(done, null)
    return Promise.resolve()
  }
}

/** A bind that a value comes back by. */
function isOut(bind: unknown): boolean {
  return typeof bind === 'object' && bind !== null && 'dir' in bind
}

function resultSetOf(rows: readonly object[]) {
  let left = [...rows]
  return {
    getRows(count: number, done: Done) {
      const some = left.slice(0, count)
      left = left.slice(count)
      process.nextTick(done, null, some)
    },
    close(done: Done) {
      process.nextTick(done, null)
    },
  }
}

/** A knex instance of knex's own client for oracledb, on connections that are not of the driver. */
export function fakeOracle(
  execute: Execute,
  connections = 1,
): { readonly knex: Knex; readonly opened: readonly FakeConnection[] } {
  const instance = knex({
    client: 'oracledb',
    connection: {},
    pool: { min: 0, max: connections },
    log: { warn: () => undefined },
  })
  const client = instance.client as Knex.Client
  const opened: FakeConnection[] = []
  client.acquireRawConnection = () => {
    const connection = new FakeConnection(execute)
    monkeyPatchConnection(connection, client)
    opened.push(connection)
    return Promise.resolve(connection)
  }
  return { knex: instance, opened }
}
