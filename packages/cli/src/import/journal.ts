import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '../output.js'

/** What became of the sessions of the source. */
export interface Counts {
  copied: number
  /** As they are in the table already, or later there, or changed there since the import began. */
  kept: number
  /** That were in the table when the import began, and are there no more. */
  ended: number
  /** That could not be read or written. */
  failed: number
}

/** How long a mark is. */
export const markLength = 16

/** Some letters of a digest: equal texts have equal ones, and no text can be made of them. */
export function markOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, markLength)
}

interface Line {
  /** What is copied where; in the first line only. */
  readonly import?: string
  readonly known?: Readonly<Record<string, string>>
  readonly hasBegun?: true
  readonly cursor?: string
  readonly done?: readonly string[]
  readonly counts?: Counts
}

/**
 * What an import found when it began and what it is done with, in a file if there is to be one: an
 * import that was broken off goes on from it. It holds no session and no session id, only
 * {@link markOf} these.
 */
export class Journal {
  /** The rows that the table had when the import began: marks of ids, and of the contents. */
  readonly known: Map<string, string> = new Map()
  readonly counts: Counts = { copied: 0, kept: 0, ended: 0, failed: 0 }
  readonly #file: string | undefined
  readonly #taken = new Set<string>()
  /** Where the next step through Redis begins. */
  cursor = '0'
  /** Whether it is known what the table had in the beginning. */
  hasBegun = false

  private constructor(file: string | undefined) {
    this.#file = file
  }

  /**
   * `what`: a text for what is copied where. Throws a {@link CommandError} for a file that is not
   * of that import, or that cannot be written.
   */
  static open(name: string | undefined, what: string): Journal {
    const file = name === undefined ? undefined : resolve(name)
    const journal = new Journal(file)
    if (file === undefined) return journal
    try {
      if (existsSync(file)) journal.#read(readFileSync(file, 'utf8'), markOf(what), file)
      if (journal.hasBegun) return journal
      // One that ended before it had seen the whole table has copied nothing.
      journal.known.clear()
      writeFileSync(file, JSON.stringify({ import: markOf(what) }), { mode: 0o600 })
    } catch (error) {
      if (error instanceof CommandError) throw error
      throw new CommandError(`--resume: ${(error as Error).message}`)
    }
    return journal
  }

  /** Rows that the table has in the beginning. */
  found(rows: ReadonlyMap<string, string>): void {
    for (const [id, contents] of rows) this.known.set(id, contents)
    this.#keep({ known: Object.fromEntries(rows) })
  }

  begin(): void {
    this.hasBegun = true
    this.#keep({ hasBegun: true })
  }

  /** Whether nobody has taken this session before. */
  take(id: string): boolean {
    if (this.#taken.has(id)) return false
    this.#taken.add(id)
    return true
  }

  /** These are counted. */
  done(ids: readonly string[]): void {
    this.#keep({ done: ids, counts: this.counts })
  }

  moveTo(cursor: string): void {
    this.cursor = cursor
    this.#keep({ cursor })
  }

  /** The import has come to its end. */
  remove(): void {
    if (this.#file !== undefined) rmSync(this.#file, { force: true })
  }

  /** A line begins with its break, so that one that was cut short spoils no other. */
  #keep(line: Line): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `\n${JSON.stringify(line)}`)
  }

  #read(text: string, what: string, file: string): void {
    const [first = '', ...lines] = text.split('\n')
    if (parsed(first)?.import !== what)
      throw new CommandError(`${file} is not of this import: remove it, or name another`)
    for (const line of lines) {
      const { known = {}, hasBegun, cursor, done = [], counts } = parsed(line) ?? {}
      for (const [id, contents] of Object.entries(known)) this.known.set(id, contents)
      for (const id of done) this.#taken.add(id)
      if (hasBegun) this.hasBegun = true
      if (cursor !== undefined) this.cursor = cursor
      Object.assign(this.counts, counts)
    }
  }
}

function parsed(line: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
