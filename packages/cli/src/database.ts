import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { dialectOf, registeredDialects, type DialectAdapter } from '@knex-session/core/dialect'
import '@knex-session/dialect-cockroachdb'
import '@knex-session/dialect-mssql'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-oracle'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import type { Command } from 'commander'
import type { Knex } from 'knex'
import { configOf, secretsOf } from './connection.js'
import { findKnexfile, readKnexfile, type KnexfileConfig } from './knexfile.js'
import { CommandError, type Output } from './output.js'

/** Which database a command works on. */
export interface DatabaseOptions {
  readonly knexfile?: string
  readonly env?: string
  readonly client?: string
  readonly connection?: string
}

/** The configuration of the application's knex. */
export interface Configuration {
  readonly config: KnexfileConfig
  /** Where it is from, where that is a knexfile. */
  readonly knexfile?: string
}

/** A database that is open. */
export interface Database {
  readonly knex: Knex
  readonly adapter: DialectAdapter
}

/** Adds the options that say which database. */
export function withDatabase(command: Command): Command {
  return command
    .option('--knexfile <file>', 'the knexfile; default: the one here, or in a folder above')
    .option('--env <name>', 'the environment in the knexfile; default: NODE_ENV, or development')
    .option('--client <client>', 'the knex client, in place of a knexfile')
    .option(
      '--connection <url>',
      'a database URL or an SQLite file; default: the variable DATABASE_URL',
    )
}

/**
 * The configuration by the options: a connection that is given, a knexfile that is given or found,
 * or the variable `DATABASE_URL`.
 */
export async function configurationOf(options: DatabaseOptions): Promise<Configuration> {
  const { connection, client, env } = options
  if (connection !== undefined) return { config: configOf(connection, client) }
  const url = process.env['DATABASE_URL']
  const isDirect = options.knexfile === undefined && client !== undefined && url !== undefined
  const path = isDirect ? undefined : (options.knexfile ?? findKnexfile(process.cwd()))
  if (path === undefined) {
    if (url === undefined || url === '')
      throw new CommandError(
        'which database? There is no knexfile here: say --knexfile, or --connection, or set DATABASE_URL',
      )
    return { config: configOf(url, client) }
  }
  // As for knex's own command, what a knexfile does is done in its folder where it is named.
  const absolute = resolve(path)
  if (options.knexfile !== undefined && existsSync(absolute)) process.chdir(dirname(absolute))
  const config = await readKnexfile(absolute, env)
  return { knexfile: absolute, config: client === undefined ? config : { ...config, client } }
}

/** Works on a database, and closes it whatever becomes of that. */
export async function withDatabaseOf<Result>(
  options: DatabaseOptions,
  output: Output,
  work: (database: Database, configuration: Configuration) => Promise<Result>,
): Promise<Result> {
  const configuration = await configurationOf(options)
  const { config } = configuration
  const settings = hidden(config.connection, output)
  const createKnex = await knexOf(dirname(configuration.knexfile ?? resolve('knexfile.js')))
  let knex: Knex
  try {
    knex = createKnex(quiet({ ...config, ...settings }))
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
  try {
    return await work({ knex, adapter: dialectOf(knex) }, configuration)
  } finally {
    await knex.destroy()
  }
}

/** The connection, of whose secrets nothing is printed, also where a function gives them. */
function hidden(connection: unknown, output: Output): Pick<Knex.Config, 'connection'> {
  for (const secret of secretsOf(connection)) output.hide(secret)
  if (typeof connection !== 'function') return {}
  const connect = async () => {
    const settings = (await (connection as () => unknown)()) as Knex.StaticConnectionConfig
    hidden(settings, output)
    return settings
  }
  return { connection: connect }
}

/**
 * The adapter for a knex client. Throws a {@link CommandError} that names those there are.
 */
export function adapterOf(client: string): DialectAdapter {
  const all = registeredDialects()
  const found = all.find(({ clients }) => clients.includes(client))
  if (found) return found
  const known = all.flatMap(({ clients }) => clients).join(', ')
  throw new CommandError(`there is no dialect for the client '${client}'; there is ${known}`)
}

/**
 * With a pool of its own size. What the application hooks into its queries is left out: the command
 * has its own names and numbers. knex itself prints nothing.
 */
function quiet(config: Knex.Config): Knex.Config {
  const nothing = () => undefined
  return {
    useNullAsDefault: true,
    ...config,
    pool: { ...config.pool, min: 0, max: 4 },
    log: { warn: nothing, error: nothing, deprecate: nothing, debug: nothing },
    postProcessResponse: undefined,
    wrapIdentifier: undefined,
  } as unknown as Knex.Config
}

/** The application's own knex, which finds its drivers; else the one of this package. */
async function knexOf(folder: string): Promise<(config: Knex.Config) => Knex> {
  const require = createRequire(join(folder, 'knexfile.js'))
  let path: string
  try {
    path = pathToFileURL(require.resolve('knex')).href
  } catch {
    path = 'knex'
  }
  const loaded = (await import(path)) as {
    readonly default: (config: Knex.Config) => Knex
  }
  return loaded.default
}
