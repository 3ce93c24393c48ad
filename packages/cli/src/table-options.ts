import {
  sessionTable,
  type ColumnNames,
  type DialectAdapter,
  type SessionTable,
} from '@knex-session/core/dialect'
import { InvalidArgumentError, type Command } from 'commander'

/** Which table, and what an application's options ask of it. */
export interface TableFlags {
  readonly table: string
  readonly schema?: string
  readonly columns?: ColumnNames
  readonly userId?: true | string
  readonly absoluteTtl?: true
  readonly onConflict?: true
}

/** The names, as options of the store. */
export interface TableNames {
  readonly tableName: string
  readonly schemaName?: string
  readonly columns?: ColumnNames
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
    .option(
      '--columns <names>',
      'its columns where they have other names (option `columns`), as in sid=session_id,sess=data,expired=expires:unix-seconds',
      columnsOf,
    )
}

/** Adds the options that ask for columns. */
export function withFeatures(command: Command): Command {
  return command
    .option('--user-id', 'with the columns of the option `userId`')
    .option('--absolute-ttl', 'with the column of the option `absoluteTtl`')
    .option('--on-conflict', 'with the column of the option `onConflict`')
}

const fields = ['sid', 'sess', 'expired', 'createdAt', 'lastSeenAt', 'userId', 'version']

/** What `--columns` says: names of columns by what they hold, and how those of times hold it. */
export function columnsOf(text: string): ColumnNames {
  const columns = text.split(',').map((part) => {
    const [field = '', column = ''] = part.split('=')
    if (!fields.includes(field) || column === '')
      throw new InvalidArgumentError(
        `Expected names such as sid=session_id, of ${fields.join(', ')}.`,
      )
    const [name = '', type] = column.split(':')
    return [field, type === undefined ? name : { name, type }] as const
  })
  return Object.fromEntries(columns)
}

/** The names, without those that were not given. */
export function namesOf({ table, schema, columns }: TableFlags): TableNames {
  return {
    tableName: table,
    ...(schema === undefined ? {} : { schemaName: schema }),
    ...(columns === undefined ? {} : { columns }),
  }
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
export function tableOf(flags: TableFlags, { times }: DialectAdapter): SessionTable {
  return sessionTable(tableOptionsOf(flags), times)
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`Expected a whole number of at least ${String(least)}.`)
  }
}
