import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Not the file name that a store without a `knex` takes: the demo lets anybody log in by any name,
 * without a password, so it must never come upon those of an application that was started in the
 * same directory.
 */
const defaultFile = 'knex-session-demo.sqlite'
const defaultPort = '3000'

export const usage = `Usage: npm start -- [--port <number>] [--file <path>]

  --port <number>  where to listen on 127.0.0.1; 0 takes any free port (default: $PORT, else ${defaultPort})
  --file <path>    the SQLite file that keeps the sessions (default: ${defaultFile} in the working directory)
  --help           print this

The environment variable SESSION_SECRET sets the secret that signs the cookies (default: a random one, kept beside the file).`

/**
 * @typedef {object} Options
 * @property {number} port 0 for any that is free
 * @property {string} file where the sessions are, an absolute path
 * @property {string | undefined} secret signs the cookies
 * @property {boolean} help whether only the usage is asked for
 */

/**
 * Reads the command line and the environment. Throws an error whose message says which part is
 * wrong.
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {Options}
 */
export const readOptions = (args, env) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      file: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const port =
    values.port === undefined
      ? readPort('PORT', env['PORT'] || defaultPort)
      : readPort('--port', values.port)
  if (values.file === '') throw new TypeError('--file: expected a path')
  // npm runs the script in the package's folder and says in INIT_CWD where the user is.
  const file = resolve(env['INIT_CWD'] ?? '.', values.file ?? defaultFile)
  if (values.file !== undefined && !existsSync(dirname(file)))
    throw new TypeError(`--file: the folder ${dirname(file)} does not exist; create it first`)
  return { port, file, secret: env['SESSION_SECRET'] || undefined, help: values.help ?? false }
}

/**
 * @param {string} name
 * @param {string} text
 */
const readPort = (name, text) => {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new TypeError(`${name}: expected a number from 0 to 65535, got '${text}'`)
}
