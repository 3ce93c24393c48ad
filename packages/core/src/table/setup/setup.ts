import type { SessionTable } from '../../dialect/index.js'
import { nameOf } from '../../dialect/table.js'
import { SessionStoreError } from '../../errors.js'
import type { TableStatements } from '../statements.js'
import { Inspection } from './inspection.js'
import { askServer, asLines, serverFor } from './server.js'

/**
 * Makes sure once that the session table is there. The table is looked for first, so that a
 * database user without the right to create tables works on one that exists. A failure is
 * forgotten, so the next call tries again.
 */
export class TableSetup {
  readonly #statements: TableStatements
  readonly #create: boolean
  readonly #inspection: Inspection
  #attempt: Promise<void> | undefined
  /** What the table has been found or made for, and not been missing since. */
  #readyFor: 'nothing' | 'reads' | 'writes' = 'nothing'

  constructor(statements: TableStatements, create: boolean) {
    this.#statements = statements
    this.#create = create
    this.#inspection = new Inspection(statements)
  }

  /** Whether such work need not wait for {@link ready}. Who lacks other rights may read. */
  isReadyFor(work: 'reads' | 'writes'): boolean {
    return this.#readyFor === 'writes' || this.#readyFor === work
  }

  /**
   * Resolves when the table is there for such work; callers that overlap share one attempt, which
   * ends at the deadline (`performance.now()`) of the first. Rejects with a
   * {@link SessionStoreError}, code `ERR_TABLE_MISSING` when the table is missing and is not to be
   * created.
   */
  async ready(work: 'reads' | 'writes', deadline: number): Promise<void> {
    try {
      await (this.#attempt ??= this.#try(deadline))
    } catch (error) {
      if (!this.isReadyFor(work)) throw error
    }
  }

  /** A statement on the table failed: where it was found missing, the next `ready` looks again. */
  failed({ kind }: SessionStoreError): void {
    if (kind !== 'missing-table') return
    this.#readyFor = 'nothing'
    this.#attempt = undefined
  }

  async #try(deadline: number): Promise<void> {
    try {
      await this.#setUp(deadline)
      await this.#inspection.inspect(deadline)
      this.#readyFor = 'reads'
      await this.#inspection.checkRights(deadline)
      this.#readyFor = 'writes'
    } catch (error) {
      this.#attempt = undefined
      throw error
    }
  }

  async #setUp(deadline: number): Promise<void> {
    if (await this.#exists(deadline)) return
    const { adapter, table, inTransaction } = this.#statements
    // Creating a table commits the transaction on MySQL, MariaDB and Oracle, and may end it
    // elsewhere, where another process is faster.
    if (inTransaction)
      throw this.#missing(
        'a store on a transaction creates none',
        'create it before the transaction begins, or by `createSessionTable` of @knex-session/core/migration',
      )
    if (!this.#create)
      throw this.#missing(
        '`createTable` is false',
        `set \`createTable: true\`, or create it:${await this.#creating(deadline)}`,
      )
    const meant = withoutDot(table)
    if (meant?.inQuotes)
      throw this.#missing(
        'none is made whose name has quotes and a dot',
        'create it by hand if that is its name',
      )
    if (meant && (await this.#inspection.hasOther(meant, deadline)))
      throw this.#missing(
        `there is a table ${nameOf({ ...table, ...meant })}`,
        'rename that one if it is not meant',
      )
    const server = await serverFor(this.#statements, deadline)
    for (const statement of adapter.createTable(table, server)) {
      try {
        await this.#statements.execute(statement, {
          work: 'creating the session table',
          deadline,
        })
      } catch (error) {
        if (!(error instanceof SessionStoreError && error.kind === 'already-exists')) throw error
        // Whoever was faster makes the rest too.
        break
      }
    }
    // Where it was dropped meanwhile, the statement that comes finds out and has it made again.
    await this.#exists(deadline)
  }

  async #exists(deadline: number): Promise<boolean> {
    try {
      return await this.#inspection.exists(deadline)
    } catch (error) {
      // Not loaded where all is well.
      const { mismatchOf } = await import('./mismatch.js')
      throw await mismatchOf(error, this.#statements, this.#inspection, deadline)
    }
  }

  /** What makes the table. Without a server that answers it has the types that all of them know. */
  async #creating(deadline: number): Promise<string> {
    const { adapter, table } = this.#statements
    const server = await askServer(this.#statements, deadline).catch(() => ({}))
    return asLines(adapter.createTable(table, server))
  }

  #missing(reason: string, advice: string): SessionStoreError {
    const { adapter, table } = this.#statements
    const meant = withoutDot(table)
    const hint = meant
      ? `for the table ${nameOf({ ...table, ...meant })} write \`schemaName: '${meant.schemaName}', tableName: '${meant.tableName}'\`, or `
      : ''
    return new SessionStoreError({
      code: 'ERR_TABLE_MISSING',
      kind: 'missing-table',
      dialect: adapter.name,
      message: `there is no table ${nameOf(table)} and ${reason}; ${hint}${advice}`,
    })
  }
}

/** A name in the quotes of one of the databases. */
const quoted = /^(?:"(.+)"|`(.+)`|\[(.+)\])$/

/** What was meant by a name with a dot. */
interface Meant extends Required<Pick<SessionTable, 'tableName' | 'schemaName'>> {
  readonly inQuotes: boolean
}

/**
 * What was meant by a name such as `auth.sessions` or `"auth"."sessions"`, which is that of one
 * table, where no schema is given.
 */
function withoutDot({ tableName, schemaName }: SessionTable): Meant | undefined {
  const given = tableName.split('.')
  const [schema = '', name = ''] = given.map((part) => part.replace(quoted, '$1$2$3'))
  if (schemaName !== undefined || given.length !== 2 || schema === '' || name === '')
    return undefined
  return { schemaName: schema, tableName: name, inQuotes: given.some((part) => quoted.test(part)) }
}
