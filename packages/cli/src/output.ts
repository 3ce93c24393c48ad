/** What the exit codes say. */
export const exitCodes = {
  done: 0,
  /** `check` found something to mend, or a part of the work was not done. */
  problems: 1,
  /** The command was written wrongly: an option, the knexfile, the client. */
  usage: 2,
  /** The database, or the source of an import, did not answer or refused. */
  database: 3,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** An end of the command that is no bug of it. */
export class CommandError extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = exitCodes.usage) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Where the answer of a command goes: text for people, or one JSON value. */
export class Output {
  readonly isJson: boolean
  readonly #secrets = new Set<string>()

  constructor(isJson: boolean) {
    this.isJson = isJson
  }

  /** Never prints this text, wherever it comes from. */
  hide(secret: unknown): void {
    if (typeof secret === 'string' && secret.length > 0) this.#secrets.add(secret)
  }

  /**
   * The one answer of a command. It is made of names, counts and statements, none of which is from
   * the connection: where a password is a word such as `user`, statements have to stay as they are.
   */
  answer(value: object, text: readonly string[]): void {
    for (const line of this.isJson ? [JSON.stringify(value)] : text)
      process.stdout.write(`${line}\n`)
  }

  /** Says why the command ended. */
  failure(message: string): void {
    const text = this.#clean(message)
    if (this.isJson) process.stdout.write(`${JSON.stringify({ error: text })}\n`)
    else process.stderr.write(`${text}\n`)
  }

  /** For people who wait; not part of the answer. */
  note(text: string): void {
    if (!this.isJson) process.stderr.write(`${this.#clean(text)}\n`)
  }

  #clean(text: string): string {
    let clean = text
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '***')
    return clean
  }
}
