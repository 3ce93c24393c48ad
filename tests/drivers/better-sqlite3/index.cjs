'use strict'

// No one version runs on every Node.js that is supported: 13 dies on Node.js 20, and 12 on Node.js
// 24, where a garbage collection outside of any context ends the process
// (`Assertion failed: (env) != nullptr`, from node::RemoveEnvironmentCleanupHook).
const major = Number.parseInt(process.versions.node, 10)

module.exports = require(major < 22 ? 'better-sqlite3-12' : 'better-sqlite3-13')
