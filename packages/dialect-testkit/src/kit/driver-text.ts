/**
 * What knex puts before the driver's text: the statement with its values, and ` - `. Where its
 * quotes make no pairs, all up to the last ` - `.
 */
const statement =
  /^(?:select|insert|update|delete|merge|with|begin|declare|set|create|alter|drop|execute)\b(?:(?:[^'"`]|'(?:\\.|[^'\\])*'|"[^"]*"|`[^`]*`)*? - |.* - )/is

/**
 * What a database quotes: a name, where a word before it says so, or else a value, which may hold
 * further quotes. After `value is` the rest is a value.
 */
const quoted =
  /(\b(?:column|table|relation|object|function|procedure|type|index|key|constraint|schema|database|collation|user|role|near)(?: name)?:? ?['"`«»„“”‚‘’][^'"`«»„“”‚‘’]{1,64}['"`«»„“”‚‘’])|(?<![a-z])['"`«»„“”‚‘’].*['"`«»„“”‚‘’]|(?<=\bvalues? (?:is|are|=) ).*/gis

/** The longest text that is shown, in characters. */
const longest = 300

/** Whether knex put a statement before the text of an error. */
export function namesStatement(error: Error): boolean {
  return statement.test(error.message)
}

/**
 * What a driver says: its text and every code that it has. What may be a session or its id is `…`:
 * the values of the statement and those that the database quotes. `isWhole` leaves all of it in.
 */
export function driverText(error: unknown, isWhole = false): string {
  const { message } = (error ?? {}) as { message?: unknown }
  const text = isWhole
    ? String(message)
    : wholeText(error)
        .replace(quoted, (_, name?: string) => name ?? '…')
        .replace(/\s+/g, ' ')
        .slice(0, longest)
  const codes = codesOf(error).join(', ')
  return `${text || 'no text'} (${codes || 'no code'})`
}

function wholeText(error: unknown): string {
  const { message, sqlMessage, errors } = (error ?? {}) as Record<string, unknown>
  if (typeof sqlMessage === 'string') return sqlMessage
  const given = typeof message === 'string' ? message : ''
  // Node.js tries each address of a host, and says nothing but what it met there.
  if (given === '' && Array.isArray(errors)) return errors.map(wholeText).join('; ')
  return given.replace(statement, '')
}

function codesOf(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return []
  return Object.getOwnPropertyNames(error)
    .filter((name) => /code|errno|num|state/i.test(name))
    .map((name) => [name, (error as Record<string, unknown>)[name]] as const)
    .filter(
      ([, code]) =>
        typeof code === 'number' || (typeof code === 'string' && /^[\w-]{1,64}$/.test(code)),
    )
    .map(([name, code]) => `${name} ${JSON.stringify(code)}`)
}
