'use strict'

// What `require('connect-session-knex')` gave up to version 4: a function from express-session to
// the store class.
require('./load-dialects.cjs')
const { connectSessionKnex, ConnectSessionKnexStore } = require('./dist/cjs/compat.js')

module.exports = connectSessionKnex
module.exports.connectSessionKnex = connectSessionKnex
module.exports.ConnectSessionKnexStore = ConnectSessionKnexStore
