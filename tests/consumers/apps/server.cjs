// A store on a server: node server.cjs <dialect> <knex client> <URL>
const [, , dialect, client, url] = process.argv
const { [dialect]: adapter } = require(`@knex-session/dialect-${dialect}`)
const { KnexSessionStore } = require('@knex-session/core')
const session = require('express-session')
const createKnex = require('knex')
const { serveTwoRequests } = require('./serve-two-requests.cjs')

const { hostname: host, port, username: user, password, pathname } = new URL(url)
const connection = { host, port: Number(port), user, password, database: pathname.slice(1) }
const knex = createKnex({ client, connection })
const store = new KnexSessionStore({ knex, dialect: adapter, tableName: `consumers_${client}` })
store
  .clear()
  .then(() => serveTwoRequests(session, store))
  .then((result) => console.log(JSON.stringify(result)))
  .finally(() => knex.schema.dropTableIfExists(`consumers_${client}`).then(() => knex.destroy()))
