import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/**
 * A package in the version that this repository is developed with: what consumers install too.
 * @param {string} name
 */
const ours = (name) => {
  const manifest = require(`${name}/package.json`)
  return `${manifest.name}@${manifest.version}`
}

/** What every consumer installs beside the packages. */
export const peers = ['knex', 'express-session'].map(ours)

/** What a TypeScript consumer installs too. */
export const types = ['@types/express-session', '@types/node'].map(ours)

/** The oldest peers that the ranges admit. knex 3.0.0 was published without some of its files. */
export const oldestPeers = ['knex@3.0.1', 'express-session@1.17.0']

/** Drivers of servers: the oldest that the ranges admit and that run on Node.js 20, and today's. */
export const serverDrivers = {
  oldest: ['pg@8.0.3', 'mysql2@2.3.3', 'mariadb@3.2.0', 'mysql@2.18.1'],
  newest: ['pg@8.23.1', 'mysql2@3.24.6', 'mariadb@3.5.4', 'mysql@2.18.1'],
}

/**
 * better-sqlite3 12 is the last for Node.js 20; 13 brings its binaries along, and is the first that
 * is sound on Node.js 24.
 */
export const drivers = {
  forNode20: ours('better-sqlite3-12'),
  forNode22: ours('better-sqlite3-13'),
}

/** @param {number} major of Node.js */
export const driverFor = (major) => (major < 22 ? drivers.forNode20 : drivers.forNode22)

/**
 * The compiled better-sqlite3 of this repository: for the Node.js that runs this, and for no other.
 */
export const compiledDriver = () =>
  join(
    dirname(require.resolve('better-sqlite3-12/package.json')),
    'build/Release/better_sqlite3.node',
  )

/** The compilers a consumer may have, by the names they are installed under. */
export const compilers = {
  typescript54: 'npm:typescript@5.4.5',
  typescript5: 'npm:typescript@5.9.3',
  typescript7: 'npm:typescript@7.0.2',
}

/** The test runners a consumer may have. vitest 4 is the last for Node.js 20. */
export const runners = ['jest@30.5.2', 'vitest@4.1.12']

/** The versions of Node.js that are supported, as npm's package `node` has them. */
export const nodes = { 20: 'node@20.20.2', 22: 'node@22.23.3', 24: 'node@24.21.0' }

/** Other runtimes, as npm has them. */
export const runtimes = { bun: 'bun@1.4.5', deno: 'deno@2.9.6' }
