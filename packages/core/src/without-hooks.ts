import type { Knex } from 'knex'

/** What statements are made with. */
export type StatementMaker = Pick<Knex, 'raw'> & { from(table: Knex.Raw): Knex.QueryBuilder }

/** The settings of a knex instance by which an application changes names and results, to and from another spelling for example. */
interface Hooks {
  readonly wrapIdentifier?: unknown
  readonly postProcessResponse?: unknown
}

/**
 * Makes statements on the connections of a knex instance, with its events, but without its hooks `wrapIdentifier` and
 * `postProcessResponse`: the store names its columns by itself, and a count that a hook has made into something else would be wrong.
 */
export function withoutHooks(knex: Knex): StatementMaker {
  const client = knex.client as Knex.Client
  const { wrapIdentifier, postProcessResponse } = client.config as Hooks
  if (!wrapIdentifier && !postProcessResponse) return makerOf(client)
  const config = { ...client.config, wrapIdentifier: undefined, postProcessResponse: undefined }
  // Everything but the settings is the client's own, also when it changes later: its pool, its listeners.
  return makerOf(Object.create(client, { config: { value: config } }) as Knex.Client)
}

function makerOf(client: Knex.Client): StatementMaker {
  return {
    raw: ((sql: string, bindings: Knex.RawBinding[]) => client.raw(sql, bindings)) as Knex['raw'],
    from: (table) => (client.queryBuilder() as Knex.QueryBuilder).from(table as unknown as string),
  }
}
