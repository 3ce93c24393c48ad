import { unprivileged } from './account.mjs'
import { answers, freePort } from './port.mjs'
import { serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * Starts a private Redis. It keeps nothing across a restart unless `settings` say
 * `appendonly: 'yes'`.
 * @param {object} [options]
 * @param {Readonly<Record<string, string | number>>} [options.settings] as in redis.conf
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({ settings = {} } = {}) => {
  const command = program('redis-server', 'redis-server')
  const account = unprivileged('redis')
  const folder = temporaryFolder(account)
  const port = await freePort()
  const all = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no', ...settings }
  return serve({
    name: 'Redis',
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    command,
    args: Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]),
    account,
    orderly: 'SIGTERM',
    atOnce: 'SIGKILL',
    isReady: () => answers(port),
  })
}
