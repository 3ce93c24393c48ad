import type { SessionTable } from '../../dialect/index.js'
import { nameOf } from '../../dialect/table.js'
import { SessionStoreError } from '../../errors.js'
import type { SessionTableGateway } from '../gateway.js'
import { askServer, asLines, serverFor } from './server.js'

/**
 * Makes sure once that the session table is there. The table is looked for first, so that a
 * database user without the right to create tables works on one that exists. A failure is
 * forgotten, so the next call tries again.
 */
export class TableSetup {
  readonly #gateway: SessionTableGateway
  readonly #create: boolean
  #attempt: Promise<void> | undefined
  #found = false
  #done = false

  constructor(gateway: SessionTableGateway, create: boolean) {
    this.#gateway = gateway
    this.#create = create
  }

  /** Whether the table has been found or made, and not been missing since. */
  get done(): boolean {
    return this.#done
  }

  /** Likewise, but for what only reads, as a database user may who has no other right. */
  get readable(): boolean {
    return this.#found
  }

  /**
   * Resolves when the table is there and can be read.
   */
  async toRead(deadline: number): Promise<void> {
    try {
      await this.ready(deadline)
    } catch (error) {
      if (!this.#found) throw error
    }
  }

  /**
   * Resolves when the table is there and can be written; callers that overlap share one attempt,
   * which ends at the deadline (`performance.now()`) of the first. Rejects with a
   * {@link SessionStoreError}, code `ERR_TABLE_MISSING` when the table is missing and is not to be
   * created.
   */
  ready(deadline: number): Promise<void> {
    const { inspection } = this.#gateway
    this.#attempt ??= this.#setUp(deadline)
      .then(() => inspection.inspect(deadline))
      .then(() => {
        this.#found = true
        return inspection.checkRights(deadline)
      })
      .then(
        () => {
          this.#done = true
        },
        (error: unknown) => {
          this.#attempt = undefined
          throw error
        },
      )
    return this.#attempt
  }

  /** A statement on the table failed: where it was found missing, the next `ready` looks again. */
  failed({ kind }: SessionStoreError): void {
    if (kind !== 'missing-table') return
    this.#found = false
    this.#done = false
    this.#attempt = undefined
  }

  async #setUp(deadline: number): Promise<void> {
    if (await this.#exists(deadline)) return
    const { adapter, table, inTransaction } = this.#gateway
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
        `set \`createTable: true\`, or create it:${await this.#statements(deadline)}`,
      )
    const meant = withoutDot(table)
    if (meant?.inQuotes)
      throw this.#missing(
        'none is made whose name has quotes and a dot',
        'create it by hand if that is its name',
      )
    if (meant && (await this.#gateway.inspection.hasOther(meant, deadline)))
      throw this.#missing(
        `there is a table ${nameOf({ ...table, ...meant })}`,
        'rename that one if it is not meant',
      )
    const server = await serverFor(this.#gateway, deadline)
    for (const statement of adapter.createTable(table, server)) {
      try {
        await this.#gateway.statements.execute('creating the session table', statement, deadline)
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
      return await this.#gateway.inspection.exists(deadline)
    } catch (error) {
      // Not loaded where all is well.
      const { mismatchOf } = await import('./mismatch.js')
      throw await mismatchOf(error, this.#gateway, deadline)
    }
  }

  /** What makes the table. Without a server that answers it has the types that all of them know. */
  async #statements(deadline: number): Promise<string> {
    const { adapter, table } = this.#gateway
    const server = await askServer(this.#gateway, deadline).catch(() => ({}))
    return asLines(adapter.createTable(table, server))
  }

  #missing(reason: string, advice: string): SessionStoreError {
    const { adapter, table } = this.#gateway
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
