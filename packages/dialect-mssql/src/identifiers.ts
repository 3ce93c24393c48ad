import { quoteBetween, type ExactSid } from '@knex-session/core/dialect'

/** Characters (UTF-16 units) in a name: `sysname` is `nvarchar(128)`. */
export const maxIdentifierLength = 128

/**
 * The collation of new `sid` columns: compares code by code, with case and accents. Known to every
 * SQL Server since 2008 and to Babelfish (https://babelfishpg.org/docs/usage/collation-support/).
 */
export const binaryCollation = 'Latin1_General_100_BIN2'

/**
 * Quotes one identifier in brackets. Throws a `TypeError` for a name that is empty or longer than
 * 128 characters, and for one that begins with `#`: in brackets too that is a temporary table,
 * which knex's `sp_executesql` drops at its end
 * (https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql, Temporary tables).
 * Babelfish takes no `]` in a name.
 */
export function quoteIdentifier(name: string): string {
  if (name === '') throw new TypeError('[knex-session] [mssql] a name must not be empty')
  if (name.length > maxIdentifierLength) {
    throw new TypeError(
      `[knex-session] [mssql] the name '${name}' has ${String(name.length)} characters and SQL Server takes ${String(maxIdentifierLength)}; choose a shorter one`,
    )
  }
  if (name.startsWith('#')) {
    throw new TypeError(
      `[knex-session] [mssql] the name '${name}' is that of a temporary table, which would be gone at once; choose one without # for \`tableName\``,
    )
  }
  return quoteBetween('[', ']', name)
}

/**
 * Compares session ids byte for byte. `=` ignores trailing blanks under every collation (they
 * are padded away,
 * https://learn.microsoft.com/sql/t-sql/language-elements/string-comparison-assignment, SQL Server
 * 2022), so a character follows both sides, and the collation of tables made by others ignores
 * case, so it is named. The explicit collation wins over the column's.
 *
 * A cast to `varbinary` would do on SQL Server, but Babelfish 4 converts through a single-byte code
 * page there and fails on other text.
 */
export const exactSid: ExactSid = {
  column: (quoted) => `(${quoted} + N'.') collate ${binaryCollation}`,
  parameter: "cast(? as nvarchar(255)) + N'.'",
}
