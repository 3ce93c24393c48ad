import { sessionTable, type SessionTable } from '../../dialect/index.js'
import { digestLength } from '../../session/stored-id.js'
import type { ResolvedOptions } from './options.js'

/** The table that the options of a store ask for. */
export function tableOf(options: ResolvedOptions): SessionTable {
  return sessionTable({
    ...options,
    userId: options.userId !== undefined,
    absoluteTtl: options.absoluteTtl !== undefined,
    onConflict: options.onConflict !== 'overwrite',
    ...(options.hashIds === false ? {} : { sidLength: digestLength }),
  })
}
