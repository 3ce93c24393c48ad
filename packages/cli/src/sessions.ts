import {
  expiryCodec,
  qualifiedName,
  toEpochMs,
  type DialectAdapter,
  type SessionTable,
} from '@knex-session/core/dialect'
import type { Knex } from 'knex'
import { tableOf, type TableFlags } from './table-options.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The steps of a histogram of times. */
const steps = [
  ['less than an hour', hour],
  ['less than a day', day],
  ['less than a week', 7 * day],
  ['less than 30 days', 30 * day],
  ['longer', Infinity],
] as const

/** How many sessions there are for each span of time. */
export type Histogram = readonly { readonly span: string; readonly sessions: number }[]

/** How many sessions the users have. */
export interface SessionsOfUsers {
  readonly users: number
  readonly sessions: number
  /** The most that one user has. */
  readonly most: number
}

/** Counts the sessions of a table. */
export class Sessions {
  readonly #knex: Knex
  readonly #adapter: DialectAdapter
  readonly #table: SessionTable

  private constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable) {
    this.#knex = knex
    this.#adapter = adapter
    this.#table = table
  }

  /** With the columns as they are in the table that is there. */
  static async of(knex: Knex, adapter: DialectAdapter, flags: TableFlags): Promise<Sessions> {
    const table = tableOf(flags, adapter)
    const inspect = adapter.server?.inspect
    if (!inspect) return new Sessions(knex, adapter, table)
    const results: unknown[] = []
    for (const { sql, bindings } of inspect.statements(table))
      results.push(await knex.raw(sql, bindings as Knex.RawBinding[]))
    const found = inspect.answer(results, table)
    return new Sessions(knex, adapter, typeof found === 'string' ? table : found)
  }

  /** How many have expired and are still there. */
  expired(): Promise<number> {
    return this.#count('<=', Date.now())
  }

  live(): Promise<number> {
    return this.#count('>', Date.now())
  }

  /** How long the live sessions have left. */
  timeLeft(): Promise<Histogram> {
    const now = Date.now()
    return histogram((ms) => this.#count('>', now + ms))
  }

  /** How old the live sessions are; `undefined` where the table does not say. */
  async ages(): Promise<Histogram | undefined> {
    const { createdAt } = this.#table.column
    if (!createdAt) return undefined
    const now = Date.now()
    const older = (ms: number) =>
      this.#sum(this.#live().whereRaw(...this.#compared(createdAt.name, '<=', now - ms)))
    const known = this.#sum(
      this.#live().whereRaw(`${this.#adapter.quoteIdentifier(createdAt.name)} is not null`),
    )
    return histogram((ms) => (ms === 0 ? known : older(ms)))
  }

  /** When the oldest live session was made, in ms since 1970; `undefined` where that is not known. */
  async oldest(): Promise<number | undefined> {
    const { createdAt } = this.#table.column
    if (!createdAt) return undefined
    const quoted = this.#adapter.quoteIdentifier(createdAt.name)
    const codec = createdAt.codec ?? this.#adapter.timestamp
    const first = this.#adapter.quoteIdentifier('first')
    const rows: unknown = await this.#live()
      .whereRaw(`${quoted} is not null`)
      .select(this.#knex.raw(`${codec.select(quoted)} as ${first}`))
      .orderBy(this.#knex.raw(quoted))
      .limit(1)
    const [row] = rows as readonly { readonly first: unknown }[]
    return row && codec.decode(row.first)
  }

  /** Of the live sessions that name a user; `undefined` where the table has no such column. */
  async ofUsers(): Promise<SessionsOfUsers | undefined> {
    const { userId } = this.#table.column
    if (!userId) return undefined
    const quoted = this.#adapter.quoteIdentifier(userId.name)
    const one = () => this.#live().whereRaw(`${quoted} is not null`)
    const count = this.#knex.raw(`count(*) as ${this.#adapter.quoteIdentifier('answer')}`)
    const users = await this.#sum(one(), `count(distinct ${quoted})`)
    const most = (await one()
      .select(count)
      .groupBy(this.#knex.raw(quoted))
      .orderByRaw('1 desc')
      .limit(1)) as readonly { readonly answer: unknown }[]
    return { users, sessions: await this.#sum(one()), most: Number(most[0]?.answer ?? 0) }
  }

  #count(comparison: '>' | '<=', at: number): Promise<number> {
    const { name } = this.#table.column.expired
    return this.#sum(this.#from().whereRaw(...this.#compared(name, comparison, at)))
  }

  #live(): Knex.QueryBuilder {
    return this.#from().whereRaw(
      ...this.#compared(this.#table.column.expired.name, '>', Date.now()),
    )
  }

  #from(): Knex.QueryBuilder {
    const name = this.#knex.raw(qualifiedName(this.#adapter, this.#table))
    return this.#knex.from(name as unknown as string)
  }

  #compared(name: string, comparison: '>' | '<=', at: number): [string, Knex.RawBinding[]] {
    const { expired, createdAt } = this.#table.column
    const column = name === expired.name ? expired : createdAt
    const codec = column?.codec ?? expiryCodec(this.#adapter, this.#table)
    const quoted = this.#adapter.quoteIdentifier(name)
    return [
      `${quoted} ${comparison} ${codec.parameter}`,
      [codec.encode(toEpochMs(at)) as Knex.RawBinding],
    ]
  }

  async #sum(query: Knex.QueryBuilder, what = 'count(*)'): Promise<number> {
    const answer = this.#adapter.quoteIdentifier('answer')
    const rows: unknown = await query.select(this.#knex.raw(`${what} as ${answer}`))
    const [row] = rows as readonly { readonly answer: unknown }[]
    return Number(row?.answer ?? 0)
  }
}

/** `beyond`: how many are beyond a time in ms. */
async function histogram(beyond: (ms: number) => Promise<number>): Promise<Histogram> {
  const counts: number[] = []
  for (const ms of [0, ...steps.map(([, end]) => end)])
    counts.push(ms === Infinity ? 0 : await beyond(ms))
  return steps.map(([span], place) => ({
    span,
    sessions: Math.max((counts[place] ?? 0) - (counts[place + 1] ?? 0), 0),
  }))
}
