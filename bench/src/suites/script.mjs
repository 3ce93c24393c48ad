import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * Starts a script in a process of its own that ends with ours.
 * @param {string} file relative to bench/src
 * @param {unknown} [argument] handed over as JSON
 */
export function startScript(file, argument) {
  const child = fork(
    new URL(`../${file}`, import.meta.url),
    argument === undefined ? [] : [JSON.stringify(argument)],
    {
      execArgv: ['--expose-gc'],
    },
  )
  return {
    pid: child.pid,
    /** The next message it sends; rejects when it ends first. @returns {Promise<any>} */
    async message() {
      const waiting = new AbortController()
      try {
        return await Promise.race([
          once(child, 'message', { signal: waiting.signal }).then(([message]) => message),
          once(child, 'exit', { signal: waiting.signal }).then(([code]) => {
            throw new Error(`${file} ended with code ${code}`)
          }),
        ])
      } finally {
        waiting.abort()
      }
    },
    /** @param {any} message */
    send: (message) => void child.send(message),
    async stop() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
