import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * @typedef {object} ApplicationOptions
 * @property {boolean} [survives] whether it goes on after an unhandled rejection or exception, and
 * counts it, where Node.js ends the process by default. Default: false
 * @property {number} [clockOffset] of its clock, in ms. Default: 0
 * @property {string} [timeZone] of its process. Default: UTC
 * @property {number} [sessions] how many are put into the store first. Default: 0
 */

/**
 * An application that runs.
 * @typedef {object} Application
 * @property {number} port
 * @property {() => boolean} hasEnded
 * @property {() => string} lastWords what it wrote to stderr, its end
 * @property {(order: string, argument?: unknown) => Promise<any>} order has the function of the
 * scenario's `inside` called with the store and the argument
 * @property {() => Promise<void>} stop
 */

/**
 * @param {object} what
 * @param {string} what.contender
 * @param {import('../contenders/contender.mjs').Place} what.place
 * @param {string} what.scenario
 * @param {ApplicationOptions} [options]
 * @returns {Promise<Application>}
 */
export async function startApplication(what, options = {}) {
  const { survives = false, clockOffset = 0, timeZone = 'UTC', sessions = 0 } = options
  const child = fork(
    new URL('application.mjs', import.meta.url),
    [JSON.stringify({ ...what, survives, clockOffset, sessions })],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production', TZ: timeZone },
    },
  )
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => (words = (words + text).slice(-2_000)))
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map()
  const ended = once(child, 'exit')
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`the application ended: ${words}`))
  })
  const ready = once(child, 'message')
  await Promise.race([ready, ended])
  if (child.exitCode !== null) throw new Error(`the application did not start: ${words}`)
  const [{ port }] = await ready
  child.on('message', ({ id, result, error }) => {
    const call = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(error))
  })
  let calls = 0
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    port,
    hasEnded,
    lastWords: () => words,
    order: (order, argument) =>
      new Promise((resolve, reject) => {
        if (hasEnded()) throw new Error(`the application has ended: ${words}`)
        waiting.set(++calls, { resolve, reject })
        child.send({ id: calls, order, argument })
      }),
    async stop() {
      // It may wait for a server that never answers.
      if (!hasEnded()) child.kill('SIGKILL')
      await ended
    },
  }
}
