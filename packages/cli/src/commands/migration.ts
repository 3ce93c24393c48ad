import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { sessionTable } from '@knex-session/core/dialect'
import { Option, type Command } from 'commander'
import type { Knex } from 'knex'
import {
  adapterOf,
  configurationOf,
  withDatabase,
  type Configuration,
  type DatabaseOptions,
} from '../database.js'
import { isModuleFolder } from '../knexfile.js'
import { CommandError, type Output } from '../output.js'
import { tableOptionsOf, withFeatures, withTable, type TableFlags } from '../table-options.js'

const extensions = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'] as const

interface Flags extends DatabaseOptions, TableFlags {
  readonly directory?: string
  readonly ext?: (typeof extensions)[number]
  readonly name: string
  readonly addColumns?: true
}

/** `migration`: writes a migration in the way of the application. */
export function migration(program: Command, outputOf: (command: Command) => Output): void {
  const command = program
    .command('migration')
    .description('write a migration file that makes the table, in the style of the application')
  withFeatures(withTable(withDatabase(command)))
    .option('--directory <folder>', 'where migrations are; default: what the knexfile says')
    .addOption(
      new Option('--ext <extension>', 'default: what the knexfile says').choices(extensions),
    )
    .option('--name <name>', 'what the file is about', 'sessions')
    .option('--add-columns', 'add the columns of the options to a table that is there')
    .action(async (flags: Flags, self: Command) => {
      const output = outputOf(self)
      if (/[/\\]/.test(flags.name)) throw new CommandError('--name is no path')
      const configuration = await configurationOf(flags)
      const folder = folderOf(flags, configuration)
      const extension = extensionOf(flags, configuration)
      const file = join(folder, `${timestamp(new Date())}_${flags.name}.${extension}`)
      if (existsSync(file)) throw new CommandError(`there is a file ${file} already`)
      const isModule =
        extension.endsWith('ts') ||
        extension === 'mjs' ||
        (extension === 'js' && isModuleFolder(folder))
      const client = clientOf(configuration.config)
      const text = textOf(flags, {
        adapter: client === undefined ? undefined : adapterOf(client).name,
        style: extension.endsWith('ts') ? 'typescript' : isModule ? 'module' : 'commonjs',
      })
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, text)
      output.answer({ file }, [`${relative(process.cwd(), file)} was written`])
    })
}

function folderOf(flags: Flags, { config, knexfile }: Configuration): string {
  const { directory }: { readonly directory?: string | readonly string[] } = config.migrations ?? {}
  const [folder = './migrations'] = [flags.directory ?? directory ?? []].flat().slice(-1)
  return resolve(flags.directory === undefined && knexfile ? dirname(knexfile) : '.', folder)
}

function extensionOf(flags: Flags, { config, knexfile = '' }: Configuration): string {
  const { extension } = config.migrations ?? {}
  const chosen = flags.ext ?? extension ?? config.ext ?? extname(knexfile).slice(1)
  return extensions.find((each) => each === chosen) ?? 'js'
}

function clientOf({ client }: Knex.Config): string | undefined {
  return typeof client === 'string' ? client : undefined
}

/** As knex names migrations. */
function timestamp(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14)
}

interface Form {
  readonly adapter: string | undefined
  readonly style: 'typescript' | 'module' | 'commonjs'
}

function textOf(flags: Flags, { adapter, style }: Form): string {
  const dialect = `@knex-session/dialect-${adapter ?? 'postgres'}`
  const up = flags.addColumns ? 'addSessionColumns' : 'createSessionTable'
  const given = optionsOf(flags)
  const names = flags.addColumns ? up : `${up}, dropSessionTable`
  const core = '@knex-session/core/migration'
  const argument = style === 'typescript' ? 'knex: Knex' : 'knex'
  const result = style === 'typescript' ? ': Promise<void>' : ''
  const opening = (name: string) =>
    style === 'commonjs'
      ? `exports.${name} = async function (${argument}) {`
      : `export async function ${name}(${argument})${result} {`
  const imports =
    style === 'commonjs'
      ? [`require('${dialect}')`, `const { ${names} } = require('${core}')`]
      : [`import '${dialect}'`, `import { ${names} } from '${core}'`]
  const schema = flags.schema === undefined ? '' : `.withSchema(${quoted(flags.schema)})`
  const down = flags.addColumns
    ? [
        `await knex.schema${schema}.alterTable(${quoted(flags.table)}, (table) => {`,
        `    table.dropColumns(${columnsOf(flags).map(quoted).join(', ')})`,
        '  })',
      ]
    : [`await dropSessionTable(knex${given})`]
  return [
    ...imports,
    ...(style === 'typescript' ? [`import type { Knex } from 'knex'`] : []),
    '',
    opening('up'),
    `  await ${up}(knex${given})`,
    '}',
    '',
    opening('down'),
    `  ${down.join('\n')}`,
    '}',
    '',
  ].join('\n')
}

/** The options that are not what they are by default. */
function optionsOf(flags: Flags): string {
  const options = Object.entries(tableOptionsOf(flags)).filter(
    ([name, value]) => !(name === 'tableName' && value === 'sessions'),
  )
  const texts = options.map(([name, value]) => `${name}: ${literal(value)}`)
  return texts.length === 0 ? '' : `, { ${texts.join(', ')} }`
}

/** The names of the columns that the options ask for. */
function columnsOf(flags: Flags): readonly string[] {
  const { columns } = sessionTable(tableOptionsOf(flags))
  const asked = columns.filter(({ nullable }) => nullable === true)
  if (asked.length === 0)
    throw new CommandError(
      '--add-columns needs an option that asks for columns: --user-id, --absolute-ttl or --on-conflict',
    )
  return asked.map(({ name }) => name)
}

function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, member]) => `${name}: ${literal(member)}`)
  return `{ ${members.join(', ')} }`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
