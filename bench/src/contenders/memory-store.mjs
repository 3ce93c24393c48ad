import session from 'express-session'

/** @type {import('./contender.mjs').Contender} */
export const memoryStore = {
  name: 'MemoryStore',
  database: 'memory',
  packages: ['express-session'],
  open: async () => ({ store: new session.MemoryStore(), close: async () => undefined }),
}
