import mysql from 'mysql2/promise'
import pg from 'pg'
import { start as startMariadb } from '../servers/mariadb.mjs'
import { start as startPgbouncer } from '../servers/pgbouncer.mjs'
import { start as startPostgres } from '../servers/postgres.mjs'
import { answers } from '../servers/port.mjs'
import type { Server } from '../servers/process.mjs'
import { start as startRedis } from '../servers/redis.mjs'

const postgresQuery = async (url: string, sql: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows
  } finally {
    await client.end()
  }
}

const mysqlQuery = async (url: string, sql: string): Promise<unknown> => {
  const connection = await mysql.createConnection(url)
  try {
    const [rows] = await connection.query(sql)
    return rows
  } finally {
    await connection.end()
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.each([
  { name: 'PostgreSQL', start: startPostgres, query: postgresQuery },
  { name: 'MariaDB', start: startMariadb, query: mysqlQuery },
])('a private $name', ({ start, query }) => {
  let server: Server

  beforeAll(async () => {
    server = await start()
    await query(server.url, 'create table kept (id int primary key)')
  })
  afterAll(() => server.stop())

  it('keeps its data and its port across a restart', async () => {
    const { pid, port } = server
    await query(server.url, 'insert into kept values (1)')
    await server.restart()
    expect(server.port).toBe(port)
    expect(server.pid).not.toBe(pid)
    expect(await query(server.url, 'select id from kept order by id')).toEqual([{ id: 1 }])
  })

  it('is gone after kill9 and comes back with what was committed', async () => {
    const { pid, port } = server
    await query(server.url, 'insert into kept values (2)')
    await server.kill9()
    expect(isAlive(pid)).toBe(false)
    expect(await answers(port, { greets: true })).toBe(false)
    await server.restart()
    expect(await query(server.url, 'select max(id) as id from kept')).toEqual([{ id: 2 }])
  })

  it('leaves nothing listening after stop', async () => {
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
    expect(await answers(server.port)).toBe(false)
  })
})

it('PgBouncer passes queries on to its PostgreSQL', async () => {
  const postgres = await startPostgres({ durable: false })
  const pooler = await startPgbouncer({ upstream: postgres.url })
  try {
    expect(await postgresQuery(pooler.url, 'select 1 as one')).toEqual([{ one: 1 }])
  } finally {
    await pooler.stop()
    await postgres.stop()
  }
})

it('Redis listens on its own port', async () => {
  const redis = await startRedis()
  try {
    expect(await answers(redis.port)).toBe(true)
  } finally {
    await redis.stop()
  }
  expect(await answers(redis.port)).toBe(false)
})
