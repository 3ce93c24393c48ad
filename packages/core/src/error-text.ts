import type { SessionTable } from './dialect/adapter.js'
import { plainWords } from './plain-words.js'

/** Whether an error may quote values of a session. */
export interface Suspicion {
  readonly mayQuote: boolean
}

/** Whether a word is one of those that no session gives away; without it every word is. */
type Known = (word: string) => boolean

/** Not `instanceof`: errors of native drivers, and of other realms, have another `Error` behind them. */
export function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && typeof (thrown as Partial<Error>).message === 'string'
}

/** What a message of knex begins with: the statement, its quotes in pairs, and ` - `. */
const statement = /^(?:select|insert|update|delete|merge|with|begin|declare|set|create)\b(?:[^'"`]|'[^']*'|"[^"]*"|`[^`]*`)*? - /i

/** The quotes of all languages in which databases speak. */
const eachMark = /(["'`«»“”„‘‚‹›「」『』《》])/
const quoted = /(["'`])(.*)\1|[«»“”„‘‚‹›「」『』《》](.*)[«»“”„‘’‚‹›「」『』《》]/s

/**
 * The driver's own text without values, in the language of the server. Databases quote the values they complain about, or put them in
 * parentheses: everything from the first quote to the last is dropped, whatever it holds, unless it is a name of the table or of a column.
 *
 * That is not enough where the text may be about a row: there are databases that quote in other ways, and code of the application, such as
 * a trigger, that writes what it likes, also of rows that the statement does not hold. So of such a text only the words are left that
 * databases use of anything but values, and names and codes that are known.
 */
export function redactedText(thrown: unknown, table: SessionTable, { mayQuote }: Suspicion): string {
  if (!isErrorLike(thrown)) return 'the driver gave no reason'
  const { sqlMessage } = thrown as { sqlMessage?: unknown }
  const message = typeof sqlMessage === 'string' ? sqlMessage : thrown.message.replace(statement, '')
  const names = [table.tableName, table.schemaName, ...table.columns.map((column) => column.name)].filter((name) => name !== undefined)
  const known = mayQuote ? knownWords([...names, ...codesOf(thrown)]) : undefined
  const apart = message.replace(/n't\b/g, 'n’t')
  const text = withoutQuoted(apart, names, known)
    .replace(parentheses, '(…)')
    .replace(/…(?:[\s.,:;]*…)+/g, '…')
    .replaceAll('’', `'`)
  const line = (text.split(/[\r\n]/, 1)[0] ?? '').slice(0, 300)
  if (line === '') return 'the driver gave no reason'
  return known && saysLittle(line) ? 'its text is left out, because it may hold parts of a session; the log of the database has it' : line
}

function knownWords(own: readonly string[]): Known {
  const more = new Set(own.map((word) => word.toLowerCase()))
  return (word) => word === '' || word === '…' || plainWords.has(word.toLowerCase()) || more.has(word.toLowerCase())
}

function withoutQuoted(text: string, names: readonly string[], known: Known | undefined): string {
  const match = quoted.exec(text)
  if (!match) return plain(text, known)
  const [whole, , ascii, other] = match
  const open = whole.charAt(0)
  const inside = quotedNames((ascii ?? other ?? '').replaceAll(`${open}.${open}`, '.'), names, known) ?? '…'
  const after = withoutQuoted(text.slice(match.index + whole.length), names, known)
  return plain(text.slice(0, match.index), known) + open + inside + whole.charAt(whole.length - 1) + after
}

/** What is between the first quote and the last: names that are known and what is not in quotes, when it begins with such a name. */
function quotedNames(inside: string, names: readonly string[], known: Known | undefined): string | undefined {
  const parts = inside.split(eachMark)
  if (parts.length % 4 !== 1 || nameIn(parts[0] ?? '', names) === undefined) return undefined
  const kept = parts.map((part, index) => {
    if (index % 2 === 1) return part
    return index % 4 === 0 ? (nameIn(part, names) ?? '…') : plain(part, known)
  })
  return kept.join('')
}

/** A known name, by itself or behind that of a database or schema. */
function nameIn(part: string, names: readonly string[]): string | undefined {
  const name = names.find((each) => part.trim() === each || part.endsWith(`.${each}`))
  if (name === undefined || part.trim() === name) return name
  const before = part.slice(0, -name.length - 1)
  return `${nameIn(before, names) ?? '…'}.${name}`
}

/** Text that is in no quotes, without the words that are not known. */
function plain(text: string, known: Known | undefined): string {
  return known ? text.replace(parentheses, '(…)').replace(/\S+/g, (word) => knownWord(word, known)) : text
}

const parentheses = /\(.*\)/gs
const punctuation = /^[[(]?(.*?)[\])]?([.,:;!]?)$/s

function knownWord(word: string, known: Known): string {
  const [, core = '', end = ''] = punctuation.exec(word) ?? []
  const isKnown = known(core) || core.split('.').every((part) => known(part) || part.split(/[-/]/).every(known))
  return isKnown ? word : `…${end}`
}

/** What the driver says outside of its text, and Node.js of a socket. */
function codesOf(thrown: Error): readonly string[] {
  const { code, errno, errorNum, number, syscall, hostname, address, port } = thrown as unknown as Record<string, unknown>
  const ofSocket = typeof syscall === 'string' ? [syscall, hostname, address, `${String(address)}:${String(port)}`] : []
  return [code, errno, errorNum, number, ...ofSocket].map(String)
}

/** Whether there are few words for the gaps between them, outside of quotes. */
function saysLittle(line: string): boolean {
  const outside = line.replace(new RegExp(quoted, 'gs'), '')
  const words = outside.match(/[\p{L}'_]{2,}/gu)?.length ?? 0
  return words <= 2 * (outside.split('…').length - 1)
}
