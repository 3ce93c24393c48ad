import { sessionTable, type SessionTable } from '@knex-session/core/dialect'
import { InvalidArgumentError, type Command } from 'commander'

/** Which table, and what an application's options ask of it. */
export interface TableFlags {
  readonly table: string
  readonly schema?: string
  readonly sidColumn: string
  readonly userId?: true | string
  readonly absoluteTtl?: true
  readonly onConflict?: true
  readonly hashIds?: true
}

/** The names, as options of the store. */
export interface TableNames {
  readonly tableName: string
  readonly schemaName?: string
  readonly sidFieldName: string
}

/** With the options that ask for columns, of which true is enough. */
export interface TableOptions extends TableNames {
  readonly userId?: true
  readonly absoluteTtl?: true
  readonly onConflict?: true
}

/** Adds the options that say which table. */
export function withTable(command: Command): Command {
  return command
    .option('--table <name>', 'the table (option `tableName`)', 'sessions')
    .option('--schema <name>', 'its schema (option `schemaName`)')
    .option('--sid-column <name>', 'the column of session ids (option `sidFieldName`)', 'sid')
}

/** Adds the options that ask for columns. */
export function withFeatures(command: Command): Command {
  return command
    .option('--user-id', 'with the columns of the option `userId`')
    .option('--absolute-ttl', 'with the column of the option `absoluteTtl`')
    .option('--on-conflict', 'with the column of the option `onConflict`')
}

/** The names, without those that were not given. */
export function namesOf({ table, schema, sidColumn }: TableFlags): TableNames {
  const names = { tableName: table, sidFieldName: sidColumn }
  return schema === undefined ? names : { ...names, schemaName: schema }
}

/** The options of the store, without those that were not given. */
export function tableOptionsOf(flags: TableFlags): TableOptions {
  const { userId, absoluteTtl, onConflict } = flags
  return {
    ...namesOf(flags),
    ...(userId === undefined ? {} : { userId: true }),
    ...(absoluteTtl === undefined ? {} : { absoluteTtl }),
    ...(onConflict === undefined ? {} : { onConflict }),
  }
}

/** The definition of the table. */
export function tableOf(flags: TableFlags): SessionTable {
  return sessionTable(tableOptionsOf(flags))
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`Expected a whole number of at least ${String(least)}.`)
  }
}
