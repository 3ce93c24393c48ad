import type { DialectServer } from '@knex-session/core/dialect'
import { quotedTable } from './identifiers.js'

const rights = ['insert', 'update', 'delete'] as const

/** A column, and what the user may not do with it, or with its table, that the store does. */
interface FoundColumn {
  readonly name: string
  readonly denied: string
}

/**
 * Asks for the rights on the columns, which come with those on the table (docs 18, section 9.27.2);
 * none depends on whether the server takes writes now. The id of a row is never changed.
 */
export const writeRights: NonNullable<DialectServer['rights']> = {
  statements: (table) => [
    {
      sql:
        `select a.attname as name, concat_ws(' ', ${['insert', 'update'].map(deniedOnColumn).join(', ')}, ` +
        `case when not has_table_privilege(a.attrelid, 'delete') then 'delete' end) as denied ` +
        'from pg_attribute as a where a.attrelid = to_regclass(?) and a.attnum > 0 and not a.attisdropped',
      bindings: [quotedTable(table)],
    },
  ],
  answer([result], table) {
    const { rows } = result as { readonly rows: readonly FoundColumn[] }
    const known = table.columns.map(({ name }) => name)
    const isDenied = (right: string) =>
      Array.from(rows).some(
        ({ name, denied }) =>
          known.includes(name) &&
          denied.split(' ').includes(right) &&
          !(right === 'update' && name === table.column.sid.name),
      )
    const missing = rights.filter(isDenied).join(', ')
    if (missing === '') return undefined
    return (
      `the database user lacks the right to ${missing} on the table '${table.tableName}', so no session can be stored; ` +
      `give it: grant ${missing} on ${quotedTable(table)} to …`
    )
  },
}

function deniedOnColumn(right: string): string {
  return `case when not has_column_privilege(a.attrelid, a.attnum, '${right}') then '${right}' end`
}
