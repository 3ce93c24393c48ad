import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { KnexSessionStore } from '@knex-session/core'
import createKnex from 'knex'
import { uniqueTable } from '../rig/servers/databases.js'

/** The way to a server, which can be closed. */
async function relay(
  host: string,
  behind: number,
): Promise<{ port: number; close(): Promise<void>; open(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    const through = connect(behind, host)
    for (const each of [socket, through]) sockets.add(each.on('error', () => undefined))
    socket.on('close', () => through.destroy())
    through.on('close', () => socket.destroy())
    socket.pipe(through).pipe(socket)
  })
  const listen = async (port: number) => {
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
  }
  await listen(0)
  const { port } = listener.address() as { port: number }
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    listener.close()
    await once(listener, 'close')
  }
  return { port, close, open: () => listen(port) }
}

// MariaDB, because a prune there begins with work that sends nothing.
it('says once that the database is away and once that it answers, whatever is called that needs no database', async () => {
  const url = new URL(process.env['MYSQL_URL'] as string)
  const way = await relay(url.hostname, Number(url.port))
  url.port = String(way.port)
  const log = { warn() {}, error() {}, debug() {}, deprecate() {} }
  const knex = createKnex({ client: 'mysql2', connection: url.href, log })
  const reported: boolean[] = []
  const store = new KnexSessionStore({
    knex,
    tableName: uniqueTable('notices'),
    cleanupInterval: 0,
    timeout: 3_000,
    onOutage: ({ over }) => reported.push(over),
  })
  await store.ready
  await way.close()
  const others = setInterval(() => {
    store.ready.catch(() => undefined)
    store.prune().catch(() => undefined)
  }, 100)
  await expect(store.get('nobody')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  clearInterval(others)
  expect(reported).toEqual([false])
  await way.open()
  await expect(store.get('nobody')).resolves.toBeNull()
  await expect(store.destroy('nobody')).resolves.toBe(0)
  expect(reported).toEqual([false, true])
  await knex.schema.dropTable(store.options.tableName)
  await store.close()
  await knex.destroy()
  await way.close()
}, 30_000)
