/**
 * A server on which the user may create tables: `FIREBIRD_URL`, in which what follows `?` are options
 * of `node-firebird`.
 */
const { hostname, port, username, password, pathname, searchParams } = new URL(
  process.env['FIREBIRD_URL'] ?? 'firebird://SYSDBA:masterkey@127.0.0.1:3050/tmp/test.fdb',
)

export const connection = {
  host: hostname,
  port: Number(port),
  user: username,
  password,
  database: pathname,
  ...Object.fromEntries(searchParams),
}
