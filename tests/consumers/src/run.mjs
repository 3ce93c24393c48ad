import { execFile } from 'node:child_process'

/**
 * Settings of an npm that runs the tests, which would send an npm started by them to this
 * repository.
 */
const inherited =
  /^(npm_(config_(local_prefix|prefix|frozen_lockfile|recursive|ignore_scripts)|lifecycle|package)|INIT_CWD$|NODE_PATH$|NODE_OPTIONS$)/i

/**
 * Variables for a program: those of this process but for npm's.
 * @param {Readonly<Record<string, string>>} [env] set beside them
 */
export const environment = (env = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name))),
  ...env,
})

/**
 * Runs a program to its end. It is ended when it takes longer than `timeout`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {number} [options.timeout] in ms; 60 s without it
 * @param {Readonly<Record<string, string>>} [options.env] set beside what is set already
 * @returns {Promise<string>} what it wrote to its standard output; rejects with all it wrote when
 * it fails
 */
export const run = (program, args, { cwd, timeout = 60_000, env }) =>
  new Promise((resolve, reject) => {
    const options = {
      cwd,
      timeout,
      env: environment(env),
      maxBuffer: 64 * 1_048_576,
      killSignal: /** @type {const} */ ('SIGKILL'),
    }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const how = error.killed
        ? `did not end within ${timeout / 1_000} s`
        : `ended with ${error.code ?? error.signal}`
      reject(new Error(`${[program, ...args].join(' ')} ${how}\n${stdout}${stderr}`))
    })
  })
