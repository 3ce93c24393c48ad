/** One SQL statement for `knex.raw`. Placeholders are `?`, in order; a literal question mark is written `\\?`. */
export interface Statement {
  readonly sql: string
  readonly bindings: readonly unknown[]
  /** Name of a server-side prepared statement. Equal names must mean equal `sql`. Only set where the driver has them. */
  readonly name?: string
  /** Driver options of this statement, for `knex.raw(…).options(…)`; the statement must work without them as well. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** The most one statement may carry. */
export interface StatementLimits {
  /** Rows of one upsert or touch. Default: 100 rows. */
  readonly rows: number
  /** Session ids of one read or delete. Default: 500 ids. */
  readonly sids: number
  /**
   * Bytes of the serialized sessions of one upsert; a longer one goes alone. They are counted before `json.encode` as characters (UTF-16 code
   * units), so leave room for what is not ASCII, and for what else the statement holds. Default: 655,360, which is 128 sessions of 5 KB.
   */
  readonly bytes: number
}
