import { sessionTable, type DialectAdapter, type SessionTable } from '../../dialect/index.js'
import { digestLength } from '../../session/stored-id.js'
import type { ResolvedOptions } from './options.js'

/** The table that the options of a store on a database of the adapter's ask for. */
export function tableOf(options: ResolvedOptions, { times }: DialectAdapter): SessionTable {
  const names = {
    ...options,
    userId: options.userId !== undefined,
    absoluteTtl: options.absoluteTtl !== undefined,
    onConflict: options.onConflict !== 'overwrite',
    ...(options.hashIds === false ? {} : { sidLength: digestLength }),
  }
  return sessionTable(names, times)
}
