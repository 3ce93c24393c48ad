import { existsSync, readdirSync } from 'node:fs'
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
/** What tests the others that have no tests in their folder. */
const elsewhere = {
  sockets: 'examples/test/frameworks.test.ts',
  nestjs: 'tests/consumers/extended/nestjs.test.ts',
  opentelemetry: 'tests/switching/opentelemetry.test.ts',
}

it('every example is tested, here or by tests of its own', () => {
  const all = join(__dirname, '..')
  const untested = readdirSync(all, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(all, entry.name, 'package.json')))
    .map(({ name }) => name)
    .filter((name) => !existsSync(join(all, name, 'test')))
  expect(untested.sort()).toEqual([...frameworks, ...Object.keys(elsewhere)].sort())
  for (const file of Object.values(elsewhere)) expect(existsSync(join(all, '..', file))).toBe(true)
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
