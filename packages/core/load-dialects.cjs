'use strict'

// Code written for connect-session-knex imports no dialect, so here each dialect package that is
// installed is imported for it.
const { dirname } = require('node:path')
const { packageForClient } = require('./dist/cjs/dialect/install-hints.js')

// Beside this package, where npm and yarn put them; else where the application is, since pnpm shows
// a package only what it depends on.
const paths = [
  __dirname,
  process.argv[1] === undefined ? process.cwd() : dirname(process.argv[1]),
  process.cwd(),
]

for (const name of new Set(Object.values(packageForClient))) {
  const path = resolve(name)
  if (path !== undefined) require(path)
}

/**
 * @param {string} name @returns {string | undefined} the file to load; undefined when the package
 * is not installed
 */
function resolve(name) {
  try {
    return require.resolve(name, { paths })
  } catch (error) {
    if (error?.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
