import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import interpret from 'interpret'
import type { Knex } from 'knex'
import { prepare } from 'rechoir'
import { CommandError } from './output.js'

/** As knex's own command finds them (`bin/cli.js` of knex 3), and `.cjs`. */
const extensions = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts', 'coffee', 'eg', 'ls']

/** What a knexfile says of one environment. */
export type KnexfileConfig = Knex.Config & { readonly ext?: string }

/** The knexfile of a folder, or of one that it is in. */
export function findKnexfile(folder: string): string | undefined {
  const found = extensions
    .map((extension) => join(folder, `knexfile.${extension}`))
    .find((path) => existsSync(path))
  if (found !== undefined || dirname(folder) === folder) return found
  return findKnexfile(dirname(folder))
}

/**
 * Reads a knexfile as knex's command does: a module of either kind, also TypeScript, that exports a
 * configuration, configurations by the names of environments, or a function that gives one of these.
 */
export async function readKnexfile(
  path: string,
  environment: string | undefined,
): Promise<KnexfileConfig> {
  if (!existsSync(path)) throw new CommandError(`there is no knexfile ${path}`)
  let exported: unknown
  try {
    exported = await valueOf(await load(path))
  } catch (error) {
    throw new CommandError(
      `the knexfile ${path} cannot be read: ${error instanceof Error ? error.message : 'something was thrown that is no error'}`,
    )
  }
  if (typeof exported !== 'object' || exported === null)
    throw new CommandError(`the knexfile ${path} exports no configuration`)
  const byName = exported as Readonly<Record<string, unknown>>
  const name = environment ?? process.env['NODE_ENV'] ?? 'development'
  const config = await valueOf(byName[name] ?? byName)
  if (typeof config !== 'object' || config === null || !('client' in config)) {
    const names = Object.keys(byName).join(', ')
    throw new CommandError(
      `the knexfile ${path} has no \`client\` for the environment '${name}': choose one by --env (it has: ${names})`,
    )
  }
  return config as KnexfileConfig
}

/** What a module exports, by default or as a whole; called, where it is a function. */
function valueOf(exported: unknown): unknown {
  let value = exported
  while (isNamespace(value)) value = value.default
  return typeof value === 'function' ? (value as () => unknown)() : value
}

function isNamespace(value: unknown): value is { readonly default: unknown } {
  return typeof value === 'object' && value !== null && 'default' in value
}

async function load(path: string): Promise<unknown> {
  const extension = extname(path)
  // TypeScript on a Node.js that does not read it, and other languages: what the application has
  // installed for them. Before `import()`: a file that has failed there fails in `require` too.
  const prepared =
    !extension.endsWith('js') && prepare(interpret.jsVariants, path, dirname(path), true)
  if (Array.isArray(prepared)) return createRequire(path)(path) as unknown
  try {
    return (await import(pathToFileURL(path).href)) as unknown
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !(prepared instanceof Error)) throw error
    throw new CommandError(
      `Node.js ${process.versions.node} does not read ${extension} files: install one of ${prepared.failures.map(({ moduleName }) => moduleName).join(', ')}`,
    )
  }
}

/** Whether a file of a folder is an ES module where its extension does not say. */
export function isModuleFolder(folder: string): boolean {
  const manifest = join(folder, 'package.json')
  if (existsSync(manifest)) {
    const { type } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly type?: unknown }
    return type === 'module'
  }
  return dirname(folder) !== folder && isModuleFolder(dirname(folder))
}
