import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/**
 * A private database server.
 * @typedef {object} Server
 * @property {string} url
 * @property {number} port
 * @property {number} pid of the process that runs now; another one after `restart`
 * @property {() => Promise<void>} stop ends it and removes its data
 * @property {() => Promise<void>} kill9 ends it as a power cut would; `restart` brings it back
 * @property {() => Promise<void>} restart the same data on the same port, after an orderly stop if
 * it still runs
 */

/**
 * @typedef {object} Plan
 * @property {string} name
 * @property {string} url
 * @property {number} port
 * @property {string} folder where its data and log are, removed by `stop`
 * @property {string} command
 * @property {readonly string[]} args
 * @property {{ uid?: number, gid?: number }} account
 * @property {Readonly<Record<string, string>>} [environment] variables beside those of this process
 * @property {NodeJS.Signals} orderly the signal for a clean stop
 * @property {NodeJS.Signals} atOnce the signal that ends the whole server without saving anything
 * @property {(pid: number) => boolean | Promise<boolean>} isReady
 * @property {() => readonly number[]} [survivors] what it has started and what would go on without
 * it; a power cut takes it too
 */

const timeLimit = 30_000

/** @param {{ uid?: number, gid?: number }} account */
export const temporaryFolder = (account) => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
  if (account.uid !== undefined && account.gid !== undefined)
    chownSync(folder, account.uid, account.gid)
  return folder
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ uid?: number, gid?: number, cwd: string }} options
 */
export const run = async (command, args, options) => {
  await promisify(execFile)(command, args, options)
}

/**
 * What still runs, so that none outlives us.
 * @type {Map<import('node:child_process').ChildProcess, Plan>}
 */
const running = new Map()

/** @param {Plan} plan */
const endSurvivors = (plan) => {
  for (const pid of plan.survivors?.() ?? []) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
}

const endAll = () => {
  for (const [child, plan] of running) {
    child.kill(plan.atOnce)
    endSurvivors(plan)
    rmSync(plan.folder, { recursive: true, force: true, maxRetries: 5 })
  }
  running.clear()
}

const endAllOnExit = () => {
  if (process.listeners('exit').includes(endAll)) return
  process.on('exit', endAll)
  // A signal ends Node without an 'exit' event unless somebody listens.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => {
      endAll()
      process.kill(process.pid, signal)
    })
  }
}

const hasEnded = (/** @type {import('node:child_process').ChildProcess} */ child) =>
  child.exitCode !== null || child.signalCode !== null

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
const end = async (child, signal) => {
  if (hasEnded(child)) return
  child.ref()
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

/** @param {Plan} plan */
const launch = (plan) => {
  const log = openSync(join(plan.folder, 'server.log'), 'a')
  const env = { ...process.env, ...plan.environment }
  const child = spawn(plan.command, plan.args, {
    ...plan.account,
    cwd: plan.folder,
    env,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  // A server that is left running must not keep its starter alive: the exit handler ends it.
  child.unref()
  running.set(child, plan)
  child.once('exit', () => running.delete(child))
  return child
}

/**
 * @param {Plan} plan
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, pid: number }>}
 */
const bringUp = async (plan) => {
  const deadline = Date.now() + timeLimit
  let child = launch(plan)
  let launches = 1
  while (Date.now() < deadline && launches <= 25) {
    const { pid } = child
    if (pid === undefined) throw new Error(`${plan.name}: ${plan.command} could not be started`)
    if (!hasEnded(child) && (await plan.isReady(pid))) return { child, pid }
    await sleep(20)
    // After kill9 the dead server's children may hold its memory for a moment: the next try gets
    // through.
    if (hasEnded(child)) {
      await sleep(200)
      child = launch(plan)
      launches += 1
    }
  }
  const log = readFileSync(join(plan.folder, 'server.log'), 'utf8').slice(-2_000)
  await end(child, 'SIGKILL')
  endSurvivors(plan)
  rmSync(plan.folder, { recursive: true, force: true, maxRetries: 5 })
  throw new Error(`${plan.name} did not become ready. Its log ends:\n${log}`)
}

/**
 * @param {Plan} plan
 * @returns {Promise<Server>}
 */
export const serve = async (plan) => {
  endAllOnExit()
  let { child, pid } = await bringUp(plan)
  return {
    url: plan.url,
    port: plan.port,
    get pid() {
      return pid
    },
    async stop() {
      await end(child, plan.atOnce)
      endSurvivors(plan)
      rmSync(plan.folder, { recursive: true, force: true, maxRetries: 5 })
    },
    async kill9() {
      await end(child, 'SIGKILL')
      endSurvivors(plan)
    },
    async restart() {
      await end(child, plan.orderly)
      ;({ child, pid } = await bringUp(plan))
    },
  }
}
