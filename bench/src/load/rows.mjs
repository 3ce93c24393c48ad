import Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'

/** @typedef {{ table: string, sid: string, sess: string, expired: string }} Columns */

/** The id of a loaded session. @param {string} prefix @param {number} number from 1 */
export const loadedSid = (prefix, number) =>
  createHash('md5').update(`${prefix}${number}`).digest('hex')

/** With more rows, ids in no order would write every page of a clustered table many times. */
const mostInNoOrder = 1_000_000

/**
 * Puts many equal sessions into a contender's table, past its store. Their ids are
 * {@link loadedSid}s, so they come in no order: on MariaDB and SQLite, whose tables or their keys are
 * larger than the cache by then, more than a million come in the order of their ids.
 * @param {'postgres' | 'mariadb' | 'sqlite'} database
 * @param {Readonly<Record<string, string>>} urls
 * @param {Columns} columns
 * @param {{ prefix: string, count: number, sess: string, expiresInSeconds: number }} rows expiring
 * within a minute from then
 */
export async function loadRows(database, urls, columns, rows) {
  const loaders = { postgres: loadPostgres, mariadb: loadMariadb, sqlite: loadSqlite }
  await loaders[database](urls[database], columns, rows)
}

/**
 * Vacuumed and checkpointed after it, so that what loading left behind is not paid by who is
 * measured.
 */
async function loadPostgres(
  url,
  { table, sid, sess, expired },
  { prefix, count, sess: text, expiresInSeconds },
) {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(
    `insert into ${table} (${sid}, ${sess}, ${expired})
     select md5($1 || number), $2::json, now() + ($3 + number % 60) * interval '1 second' from generate_series(1, $4::int) as number`,
    [prefix, text, expiresInSeconds, count],
  )
  await client.query(`vacuum analyze ${table}`)
  await client.query('checkpoint')
  await client.end()
}

async function loadMariadb(
  url,
  { table, sid, sess, expired },
  { prefix, count, sess: text, expiresInSeconds },
) {
  const connection = await mysql.createConnection(url)
  const expiry = 'utc_timestamp(3) + interval (? + cast(seq as signed) % 60) second'
  if (count > mostInNoOrder)
    // The limit keeps the order of the inner query, which MariaDB drops without one.
    await connection.query(
      `insert into ${table} (${sid}, ${sess}, ${expired})
       select id, ?, ${expiry}
       from (select md5(concat(?, seq)) as id, seq from seq_1_to_${count} order by id limit ${count}) as ids`,
      [text, expiresInSeconds, prefix],
    )
  for (let start = 1; start <= count && count <= mostInNoOrder; start += 50_000) {
    const end = Math.min(count, start + 49_999)
    await connection.query(
      `insert into ${table} (${sid}, ${sess}, ${expired})
       select md5(concat(?, seq)), ?, ${expiry} from seq_${start}_to_${end}`,
      [prefix, text, expiresInSeconds],
    )
  }
  await connection.query(`analyze table ${table}`)
  await connection.end()
}

async function loadSqlite(
  folder,
  { table, sid, sess, expired },
  { prefix, count, sess: text, expiresInSeconds },
) {
  const database = new Database(join(folder, `${table}.sqlite`))
  const expiries = Array.from({ length: 60 }, (_, second) =>
    new Date(Date.now() + (expiresInSeconds + second) * 1_000).toISOString(),
  )
  const into = `insert into ${table} (${sid}, ${sess}, ${expired})`
  const inOrder = count > mostInNoOrder
  if (inOrder) database.exec('create temp table ids (sid text, expired text)')
  const insert = database.prepare(
    inOrder
      ? 'insert into ids (sid, expired) values (?, ?)'
      : `${into} values (?, ${quoted(text)}, ?)`,
  )
  database.transaction(() => {
    for (let number = 1; number <= count; number++)
      insert.run(loadedSid(prefix, number), expiries[number % 60])
  })()
  if (inOrder)
    database.exec(
      `${into} select sid, ${quoted(text)}, expired from ids order by sid; drop table ids`,
    )
  database.exec('analyze')
  database.pragma('wal_checkpoint(truncate)')
  database.close()
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "''")}'`
