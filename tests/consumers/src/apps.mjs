import { build } from 'esbuild'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an app prints that kept a session from one request to the next. */
export const served = '["view 1","view 2","1 session"]\n'

/** The apps that run as they are, by what they try. */
export const apps = {
  'an ES module': 'esm.mjs',
  'a CommonJS module': 'commonjs.cjs',
  'a dialect by import with a store by require': 'dialect-by-import.mjs',
  'a dialect by require with a store by import': 'dialect-by-require.mjs',
  'two copies of core': 'two-copies-of-core.cjs',
  'the function of connect-session-knex 4': 'compat.cjs',
  'the class of connect-session-knex 5': 'compat.mjs',
}

const pluginEntry = `exports.core = require('@knex-session/core')
exports.dialects = require('@knex-session/core/dialect')
exports.importDialect = () => require('@knex-session/dialect-sqlite').sqlite
`

/**
 * Gives a consumer a dependency named `plugin` with its own core and dialect below it, as npm does
 * when versions differ.
 * @param {string} folder
 */
export const addPlugin = (folder) => {
  const plugin = join(folder, 'node_modules/plugin')
  for (const name of ['core', 'dialect-sqlite']) {
    const from = join(folder, 'node_modules/@knex-session', name)
    cpSync(from, join(plugin, 'node_modules/@knex-session', name), { recursive: true })
  }
  writeFileSync(join(plugin, 'index.js'), pluginEntry)
}

/**
 * Bundles the ES module app with the packages in it; knex, express-session and the driver stay
 * outside, because knex looks for drivers when it runs.
 * @param {string} folder
 * @param {'esm' | 'cjs'} format
 * @returns {Promise<{ readonly file: string, readonly bytes: number }>} `bytes`: minified
 */
export const bundle = async (folder, format) => {
  // A bundle as CommonJS starts from CommonJS: an ES module may wait at its top level.
  const [entry, outfile] =
    format === 'esm' ? ['esm.mjs', 'bundle.mjs'] : ['commonjs.cjs', 'bundle.cjs']
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format,
    external: ['knex', 'express-session', 'better-sqlite3', '*/serve-two-requests.cjs'],
    write: false,
    logLevel: 'silent',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error('esbuild made no file')
  const file = join(folder, outfile)
  writeFileSync(file, output.contents)
  return { file, bytes: output.contents.byteLength }
}
