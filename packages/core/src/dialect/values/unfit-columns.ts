/** What messages say of a table and one of its columns. */
interface NamedColumn<Field extends string> {
  readonly tableName: string
  readonly column: Readonly<
    Partial<Record<Field, { readonly name: string; readonly length?: number }>>
  >
}

/**
 * Why a column of session ids is too short if it holds `longest` characters; `undefined` if it is
 * not. `change` says how to make it longer.
 */
export function shortSid(
  { tableName, column: { sid } }: NamedColumn<'sid'>,
  longest: number,
  change: string,
): string | undefined {
  if (!sid || longest >= (sid.length ?? 0)) return undefined
  return (
    `the column '${sid.name}' of the table '${tableName}' holds ${String(longest)} characters, and an id of the option \`hashIds\` ` +
    `has ${String(sid.length)}; make it longer${change}`
  )
}

/** What `inspect` found out about the column of users. */
export interface FoundUserColumn {
  readonly type: string
  /** Whether a value of the type comes back as the text that it was. */
  readonly isText: boolean
  /** In characters. */
  readonly longest: number
  /** Whether it takes nulls. */
  readonly isNullable: boolean
}

/**
 * Why a column of users cannot be used; `undefined` if it can, or if there is none. Ids of users
 * may be as long as session ids. `change` is the statement that mends it.
 */
export function unfitUser(
  { tableName, column: { userId } }: NamedColumn<'userId'>,
  found: FoundUserColumn | undefined,
  change: (name: string) => string,
): string | undefined {
  if (!userId || !found) return undefined
  const { type, isText, longest, isNullable } = found
  let problem = isNullable ? undefined : 'may not be null, and a visitor is no user'
  if (longest < 255)
    problem = `holds ${String(longest)} characters, and the id of a user has up to 255`
  if (!isText)
    problem = `is of the type ${type}, which does not give the id of a user back as it was`
  return (
    problem &&
    `the column '${userId.name}' of the table '${tableName}' (option \`userId\`) ${problem}; mend it: ${change(userId.name)}`
  )
}
