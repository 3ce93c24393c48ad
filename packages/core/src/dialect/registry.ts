import { SessionStoreError } from '../errors.js'
import type { DialectAdapter } from './adapter.js'
import { packageForClient } from './install-hints.js'

/**
 * One registry for the whole process, whichever copies of core are loaded and whether by `import`
 * or `require`. The key carries the `apiVersion` of the adapters, so that incompatible majors never
 * meet.
 */
const registryKey = Symbol.for('@knex-session/dialects@2')

type Registry = Map<string, DialectAdapter>

function registry(): Registry {
  const holder = globalThis as unknown as { [registryKey]: Registry | undefined }
  return (holder[registryKey] ??= new Map<string, DialectAdapter>())
}

/**
 * Registers an adapter for every knex client name it answers to, or for none. Returns the adapter
 * to use: the given one, or the copy of it that was registered first.
 *
 * Throws a {@link SessionStoreError} with code `ERR_DIALECT_CONFLICT` when another adapter has one
 * of the names.
 */
export function registerDialect(adapter: DialectAdapter): DialectAdapter {
  const adapters = registry()
  const owners = adapter.clients.map((client) => adapters.get(client))
  const first = owners[0]
  if (first && owners.every((owner) => owner === first) && isCopy(first, adapter)) return first
  adapter.clients.forEach((client, index) => {
    const owner = owners[index]
    if (!owner || owner === adapter) return
    throw new SessionStoreError({
      code: 'ERR_DIALECT_CONFLICT',
      dialect: adapter.name,
      message: `the knex client '${client}' has the dialect '${owner.name}' already: import only one of the two, or pass one as the option \`dialect\``,
    })
  })
  for (const client of adapter.clients) adapters.set(client, adapter)
  return adapter
}

/** All registered adapters, each once, in the order of registration. */
export function registeredDialects(): readonly DialectAdapter[] {
  return [...new Set(registry().values())]
}

/** What {@link dialectOf} reads of a knex instance. */
export interface KnexLike {
  readonly client: {
    readonly config?: { readonly client?: unknown }
    readonly driverName?: unknown
    readonly dialect?: unknown
  }
}

/**
 * The adapter registered for a knex instance. It is looked up by `config.client` if that is a
 * string, then by the client's `driverName`, then by its `dialect`: a knex client may be a class of
 * the application's own.
 *
 * Throws a {@link SessionStoreError} with code `ERR_DIALECT_NOT_REGISTERED` that says what to
 * install and import.
 */
export function dialectOf(knex: KnexLike): DialectAdapter {
  const names = [knex.client.config?.client, knex.client.driverName, knex.client.dialect].filter(
    (name): name is string => typeof name === 'string' && name !== '',
  )
  const adapters = registry()
  for (const name of names) {
    const adapter = adapters.get(name)
    if (adapter) return adapter
  }
  throw notRegistered(names)
}

function isCopy(one: DialectAdapter, other: DialectAdapter): boolean {
  return one.name === other.name && one.clients.join() === other.clients.join()
}

function notRegistered(names: readonly string[]): SessionStoreError {
  const known = names.find((name) => Object.hasOwn(packageForClient, name))
  const advice =
    known === undefined
      ? 'import the package of its dialect, or pass an adapter as the option `dialect`'
      : `run \`npm install ${packageForClient[known] ?? ''}\` and add \`import '${packageForClient[known] ?? ''}'\` before the store is made`
  return new SessionStoreError({
    code: 'ERR_DIALECT_NOT_REGISTERED',
    message: `no dialect is registered for the knex client '${names[0] ?? 'unknown'}': ${advice}`,
  })
}
