import type { StatementLimits } from '@knex-session/core/dialect'

export { destroy } from './statements/destroy.js'
export { prune } from './statements/prune.js'
export { read } from './statements/read.js'
export { skipLocked } from './statements/skip-locked.js'
export { touch } from './statements/touch.js'
export { upsert } from './statements/upsert.js'

/** Arrays take any number of rows; what limits them is the memory for the payloads of one statement. */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 256, sids: 1000 }
