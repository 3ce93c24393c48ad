import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { once, type EventEmitter } from 'node:events'
import { Client, start } from './example.js'
import { visit } from './visit.js'

const installed = createRequire(join(__dirname, '../sockets/server.mjs'))
const { WebSocket } = installed('ws') as {
  WebSocket: new (url: string, options: object) => EventEmitter
}

const password = new URLSearchParams({ username: 'ann', password: 'secret' })
/** What is sent to log in, where that is anything. */
const logIns: Readonly<Record<string, URLSearchParams>> = { passport: password }

const frameworks = ['express-4', 'express-5', 'passport', 'fastify', 'koa', 'hono', 'react-router']
const others = ['demo', 'libsql', 'nestjs', 'pglite', 'sockets', 'test']

it('every example is tested', () => {
  const folders = readdirSync(join(__dirname, '..'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name)
  expect(folders.sort()).toEqual([...frameworks, ...others].sort())
})

it.each(frameworks)('%s keeps sessions in the database from log-in to log-out', async (name) => {
  await visit(await start(name), { logIn: logIns[name] })
})

it('sockets close when their session is ended', async () => {
  const example = await start('sockets')
  const connect = (cookie: string) =>
    new WebSocket(example.url.replace('http', 'ws'), { headers: { cookie } })
  try {
    const [phone, laptop] = [new Client(example.url), new Client(example.url)]
    const refused = connect('')
    await expect(once(refused, 'open')).rejects.toThrow('401')
    await phone.send('POST', '/login')
    await laptop.send('POST', '/login')
    const socket = connect(phone.cookie)
    const closed = once(socket, 'close')
    const [hello] = await once(socket, 'message')
    expect(String(hello)).toBe('hello ann')
    await laptop.send('POST', '/logout')
    expect((await closed)[0]).toBe(4401)
    expect(await phone.send('GET', '/')).toEqual({ views: 1, user: null })
  } finally {
    expect(await example.stop()).toBe(0)
  }
})
