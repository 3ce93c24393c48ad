import { scenario as acknowledgedWrites } from './acknowledged-writes.mjs'
import { scenario as clocks } from './clocks.mjs'
import { scenario as killedServer } from './killed-server.mjs'
import { scenario as logOut } from './log-out.mjs'
import { scenario as lookAlikeIds } from './look-alike-ids.mjs'
import { scenario as orderedWrites } from './ordered-writes.mjs'
import { scenario as parallelChanges } from './parallel-changes.mjs'
import { scenario as silentServer } from './silent-server.mjs'

/** In the order of the page. @type {readonly import('./scenario.mjs').Scenario[]} */
export const scenarios = [
  killedServer,
  silentServer,
  acknowledgedWrites,
  orderedWrites,
  lookAlikeIds,
  logOut,
  parallelChanges,
  clocks,
]
