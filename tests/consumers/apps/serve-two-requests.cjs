'use strict'
const { once } = require('node:events')
const { createServer } = require('node:http')

/**
 * What every consumer does with the store it made: two requests of one browser, by express-session,
 * on a real server. Closes the store.
 */
async function serveTwoRequests(session, store) {
  const handle = session({
    store,
    secret: 'consumer',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 60_000 },
  })
  const server = createServer((request, response) =>
    handle(request, response, (error) => {
      if (error) return response.writeHead(500).end(String(error))
      request.session.views = (request.session.views ?? 0) + 1
      response.end(`view ${request.session.views}`)
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  const first = await fetch(url)
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? ''
  const second = await fetch(url, { headers: { cookie } })
  const result = [await first.text(), await second.text(), `${await store.length()} session`]
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await store.close()
  return result
}

module.exports = { serveTwoRequests }
