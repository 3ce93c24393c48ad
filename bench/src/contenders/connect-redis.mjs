import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'

/**
 * One connection, on which the client sends commands without waiting for answers: how its guide
 * sets it up. @type {import('./contender.mjs').Contender}
 */
export const connectRedis = {
  name: 'connect-redis',
  database: 'redis',
  packages: ['connect-redis', 'redis'],
  async open({ urls, suffix }) {
    const client = createClient({ url: urls.redis })
    // node-redis: "You MUST listen to error events", or they end the process.
    client.on('error', () => undefined)
    await client.connect()
    const store = new RedisStore({ client, prefix: `sess${suffix}:` })
    return { store, close: () => client.close() }
  },
}
